import pytest
from image_trees import kept, left_out, write_pairs

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.p3m10k import P3M10k


@pytest.fixture(params=["validation/", ""], ids=["archive", "config"])
def root(request, tmp_path):
    """Both roots that circulate: with and without ``validation/``."""
    root = tmp_path / "P3M-10k"
    write_pairs(root, "train/blurred_image", "train/mask", ["p_1", "p_2"])
    for name, images, stem in (("P3M-500-P", "blurred_image", "p_3"), ("P3M-500-NP", "original_image", "p_4")):
        write_pairs(root, f"{request.param}{name}/{images}", f"{request.param}{name}/mask", [stem])
        write_pairs(root, f"{request.param}{name}/facemask", f"{request.param}{name}/trimap", [stem])
    return root


def test_people_whose_faces_are_not_blurred_are_out_by_default(root):
    source = P3M10k(root)
    assert {stem: c.split for stem, c in kept(source).items()} == {
        "p_1": Split.TRAIN,
        "p_2": Split.TRAIN,
        "p_3": Split.TEST,
    }
    assert left_out(source) == {"p_4": "not_in_subset"}
    assert source.file_counts() == {"P3M-500-NP": 1, "P3M-500-P": 1, "train": 2, "all": 4}


def test_asked_for_they_are_flagged(root):
    candidates = kept(P3M10k(root, include_np=True))
    assert [c.identifiable_face for c in candidates.values()] == [False, False, False, True]
    assert {(c.kind, c.category) for c in candidates.values()} == {(EntityKind.HUMAN, "human")}
    assert {c.files.foreground for c in candidates.values()} == {None}


def test_an_unblurred_folder_beside_the_blurred_one_is_never_used(root):
    write_pairs(root, "train/original_image", "train/mask", ["p_1", "p_2"])
    assert kept(P3M10k(root))["p_1"].files.image == "train/blurred_image/p_1.jpg"


def test_originals_alone_are_not_the_layout(tmp_path):
    write_pairs(tmp_path, "train/original_image", "train/mask", ["p_1"])
    with pytest.raises(BadInputError, match="blurred_image"):
        list(P3M10k(tmp_path).candidates())
