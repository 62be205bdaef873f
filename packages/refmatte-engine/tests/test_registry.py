from pathlib import Path

import pytest
from image_trees import kept, matte, photo, write, write_pairs

from refmatte_engine.config import SourceOptions
from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.sources.registry import (
    background_names,
    default_backgrounds,
    resolve_backgrounds,
    resolve_sources,
    source_names,
    sources_root,
)


@pytest.fixture
def root(tmp_path):
    write_pairs(tmp_path / "AM-2k", "train/original", "train/mask", ["m_1"])
    write_pairs(tmp_path / "p3m-10K/P3M-10k", "train/blurred_image", "train/mask", ["p_1"])
    write_pairs(tmp_path / "p3m-10K/P3M-10k", "P3M-500-NP/original_image", "P3M-500-NP/mask", ["p_2"])
    write(tmp_path / "BG_20k/train/h_1.jpg", photo())
    return tmp_path


def test_names_are_those_of_the_issue():
    assert set(source_names()) == {"am2k", "p3m10k", "aim500", "sim", "dim", "hatt", "folder", "sample", "drawn"}
    assert set(background_names()) == {"bg20k", "folder", "sample", "drawn"}


def test_datasets_are_found_below_the_root_under_any_of_their_names(root):
    sources = resolve_sources("p3m10k, am2k", root=root)
    assert [source.name for source in sources] == ["p3m10k", "am2k"]
    assert list(kept(sources[0])) == ["p_1"]
    (backgrounds,) = resolve_backgrounds(None, root=root)
    assert [each.stem for each in backgrounds.backgrounds()] == ["h_1"]


@pytest.mark.parametrize("below", ["", "AM-2k"])
def test_a_dataset_may_lie_elsewhere(root, below, tmp_path_factory):
    (source,) = resolve_sources(f"am2k={root / below}", root=tmp_path_factory.mktemp("empty"))
    assert list(kept(source)) == ["m_1"]


def test_the_environment_names_the_root(root, monkeypatch):
    monkeypatch.setenv("REFMATTE_SOURCES", str(root))
    assert resolve_sources("am2k")[0].name == "am2k"
    monkeypatch.delenv("REFMATTE_SOURCES")
    assert sources_root(None) == Path("sources")


def test_options_reach_the_adapter(root):
    (source,) = resolve_sources("p3m10k", root=root, options=SourceOptions(p3m10k_include_np=True))
    assert list(kept(source)) == ["p_1", "p_2"]


def test_all_that_is_missing_is_said_at_once(root):
    with pytest.raises(BadInputError) as caught:
        resolve_sources("am2k,aim500,dim", root=root)
    text = str(caught.value)
    for part in ("AIM-500", "aim_category_type.json", "Deep", "adobe_composition-1k", "github.com/JizhiziLi/AIM"):
        assert part.lower() in text.lower()
    assert "am2k" not in text
    assert caught.value.exit_code == 3


def test_a_folder_that_is_there_but_empty_is_told_apart(root):
    (root / "AIM-500").mkdir()
    with pytest.raises(BadInputError, match=r"AIM-500 does not hold the expected folders"):
        resolve_sources("aim500", root=root)
    with pytest.raises(BadInputError, match=r"there is no folder .*nowhere"):
        resolve_sources("aim500=nowhere", root=root)
    with pytest.raises(BadInputError, match="BG-20k"):
        resolve_backgrounds(None, root=root / "AIM-500")


def test_folders_get_names_without_paths(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / name / "a.jpg", photo())
        write(tmp_path / name / "a_alpha.png", matte())
    sources = resolve_sources(f"folder:{tmp_path / 'one'},folder:{tmp_path / 'two'}")
    assert [next(iter(source.candidates())).entity_id for source in sources] == ["folder/a", "folder2/a"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "no source is named"),
        ("am2", "did you mean am2k"),
        ("bg20k", "--backgrounds"),
        ("am2k,am2k", "named twice"),
        ("folder", "folder:PATH"),
        ("drawn", "drawn:200"),
        ("drawn:0", "at least 1"),
        ("drawn:many", "at least 1"),
        ("sample:3", "takes no path"),
        ("am 2k", "is no source"),
    ],
)
def test_a_wrong_specification_is_a_usage_error(root, spec, message):
    with pytest.raises(UsageError, match=message):
        resolve_sources(spec, root=root)


def test_cutouts_are_no_backgrounds(root):
    with pytest.raises(UsageError, match="--sources"):
        resolve_backgrounds("am2k", root=root)
    with pytest.raises(BadInputError, match="there is no folder"):
        resolve_backgrounds("folder:nowhere", root=root)


def test_sample_and_drawn_sources_bring_their_own_backgrounds():
    assert default_backgrounds("sample,drawn:3") == "sample"
    assert default_backgrounds("drawn:3") == "drawn:24"
    assert default_backgrounds("am2k,sample") == "bg20k"


def test_drawn_sources_have_the_number_asked_for():
    (source,) = resolve_sources("drawn:5")
    assert len(kept(source)) == 5
    (backgrounds,) = resolve_backgrounds("drawn:2")
    assert len(list(backgrounds.backgrounds())) == 2
