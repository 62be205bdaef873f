from pathlib import Path

import pytest
from image_trees import photo, write, write_pairs

from refmatte_engine.errors import UsageError
from refmatte_engine.sources.check import ShortSides, check_sources


@pytest.fixture
def root(tmp_path):
    write_pairs(tmp_path / "AM-2k", "train/original", "train/mask", ["m_1", "m_2", "m_3"])
    write(tmp_path / "AM-2k/train/original/m_alone.jpg", photo())
    write(tmp_path / "BG-20k/train/h_1.jpg", photo(0, 40, 30))
    return tmp_path


def test_what_is_there_is_counted_measured_and_compared(root):
    am2k, bg20k = check_sources("am2k,bg20k", root=root)
    assert am2k.ok
    assert dict(am2k.counts) == {"train": 3, "all": 3}
    assert am2k.incomplete == ("train: 3 of 1800", "validation: 0 of 200")
    assert am2k.left_out == (("alpha_missing", 1),)
    assert am2k.sizes == ShortSides(8, 8, 8)
    assert (am2k.license, am2k.license_level, am2k.unspecified) == ("MIT", "permissive", False)
    assert (bg20k.ok, bg20k.usable, bg20k.sizes) == (True, 1, ShortSides(30, 30, 30))


def test_corrupt_files_are_listed(root):
    whole = (root / "AM-2k/train/mask/m_2.png").read_bytes()
    (root / "AM-2k/train/mask/m_2.png").write_bytes(whole[:-20])
    write(root / "AM-2k/train/mask/m_3.png", photo(0, 5, 5)[..., 0])
    (report,) = check_sources("am2k", root=root)
    assert not report.ok
    assert [(each.item, each.reason) for each in report.unreadable] == [
        ("m_2", "corrupt"),
        ("m_3", "size_mismatch"),
    ]
    assert report.usable == 1


def test_a_missing_dataset_is_a_report_with_the_way_to_it(root):
    reports = check_sources(root=root)
    assert [report.name for report in reports] == ["aim500", "am2k", "bg20k", "dim", "hatt", "p3m10k", "sim"]
    assert [report.name for report in reports if report.ok] == ["am2k", "bg20k"]
    assert "download page: https://github.com/JizhiziLi/AIM" in reports[0].problem


def test_own_folders_can_be_checked_too(tmp_path):
    write_pairs(tmp_path, "image", "alpha", ["a", "b"])
    (report,) = check_sources(f"folder:{tmp_path}")
    assert (report.name, report.usable, dict(report.counts)) == ("folder", 2, {"all": 2})
    assert report.license == "LicenseRef-user-provided"


def test_workers_change_nothing(root):
    write_pairs(root / "AM-2k", "validation/original", "validation/mask", [f"m_{n}" for n in range(10, 40)])
    (root / "AM-2k/validation/mask/m_20.png").write_bytes(b"no png")
    assert check_sources("am2k", root=root, workers=2) == check_sources("am2k", root=root)


def test_an_unknown_name_is_a_usage_error(root):
    with pytest.raises(UsageError, match="am2k"):
        check_sources("am3k", root=root)


REAL = Path(__file__).parents[4] / "shared" / "sources"


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder shared/sources with real photographs is absent")
def test_real_photographs_in_the_layouts_of_their_datasets():
    reports = check_sources(f"am2k,p3m10k,aim500,bg20k,folder:{REAL / 'folder'}", root=REAL)
    assert [report.problem for report in reports] == [None] * 5
    assert [report.unreadable for report in reports] == [()] * 5
    assert [dict(report.counts)["all"] for report in reports] == [12, 6, 5, 15, 11]
    assert [report.usable for report in reports] == [12, 6, 4, 15, 11]
    assert [report.unspecified for report in reports] == [False, False, True, False, False]
