"""VitMatte as a refiner: only the unknown band changes, large photos go in tiles, folders that are none."""

import dataclasses
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipmat import Matter
from clipmat.errors import BadInputError, MissingExtraError, UsageError, WeightsError
from clipmat.prediction.matter import Matte
from clipmat.refine.band import trimap_around, trimap_of, widened
from clipmat.refine.catalog import open_refiner
from clipmat.refine.tiles import by_tiles, tiles

RNG = np.random.default_rng(0)


def photo(height=75, width=90):
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


def trimap(height=75, width=90):
    levels = np.zeros((height, width), np.uint8)
    levels[10:60, 15:80] = 128
    levels[25:45, 30:65] = 255
    return levels


def test_tiles_cover_and_blend_without_a_seam():
    picture = RNG.uniform(size=(70, 131)).astype(np.float32)
    everywhere = np.ones(picture.shape, bool)
    for side, overlap in ((32, 8), (64, 1), (200, 50)):
        covered = np.zeros(picture.shape, bool)
        for tile in tiles(70, 131, side, overlap):
            assert tile.bottom - tile.top <= side and tile.right - tile.left <= side
            covered[tile.at] = True
        assert covered.all()
        np.testing.assert_allclose(
            by_tiles(everywhere, side, overlap, lambda tile: picture[tile.at]), picture, rtol=1e-5
        )
    asked = []
    wanted = np.zeros(picture.shape, bool)
    wanted[3, 3] = True
    by_tiles(wanted, 32, 8, lambda tile: asked.append(tile) or picture[tile.at])
    assert len(asked) == 1


def test_a_band_without_a_trimap_lies_around_the_edge():
    alpha = np.zeros((64, 64), np.float32)
    alpha[20:44, 20:44] = 1.0
    band = trimap_around(alpha, 3)
    assert band[32, 32] == 255 and band[2, 2] == 0 and band[20, 32] == band[17, 32] == 128 and band[16, 32] == 0
    assert (trimap_around(np.full((8, 8), 0.7, np.float32), 2) == 255).all()
    levels = trimap()
    assert trimap_of(Matte(photo(), levels / np.float32(255), "x", 1.0, levels)) is levels
    wider = widened(levels, 1)
    assert wider[9, 40] == wider[25, 40] == 128 and wider[8, 40] == 0 and wider[26, 40] == 255


@pytest.fixture(scope="module")
def refiner(networks):
    from clipmat.refine.vitmatte import VitMatteRefiner

    return VitMatteRefiner.from_pretrained(networks("vitmatte"), "cpu")


def test_only_the_band_changes(refiner):
    levels, image = trimap(), photo()
    alpha = refiner.refine(image, Matte(image, (levels / 255).astype(np.float32), "x", 1.0, levels))
    assert alpha.shape == (75, 90) and alpha.dtype == np.float32 and alpha.min() >= 0 and alpha.max() <= 1
    band = widened(levels, 1)
    assert (alpha[band == 0] == 0).all() and (alpha[band == 255] == 1).all()
    assert ((alpha[band == 128] > 0) & (alpha[band == 128] < 1)).all()
    certain = np.where(levels == 128, np.uint8(255), levels)
    assert set(np.unique(refiner.matte(image, certain))) == {0.0, 1.0}


def test_large_photos_go_in_tiles(refiner):
    from clipmat.refine.vitmatte import VitMatteRefiner

    image = photo(96, 160)
    levels = trimap(96, 160)
    seen = []

    def watched(**inputs):
        seen.append(inputs["images"].shape[:2])
        return refiner._processor(**inputs)

    tiled = VitMatteRefiner(refiner._network, watched, "cpu", whole=128, tile=64, overlap=16)
    assert tiled.matte(image, levels).shape == (96, 160)
    assert len(seen) > 1 and all(max(shape) <= 64 for shape in seen)
    assert refiner.matte(image, levels).shape == (96, 160)


def test_the_models_own_trimap_drives_it(refiner, tiny_model, clipmat, networks):
    matter = Matter.from_pretrained(tiny_model, "cpu")
    image = photo()
    plain, refined = matter.predict(image, "the red cup"), matter.refined(refiner).predict(image, "the red cup")
    band = widened(plain.trimap, 1)
    assert np.array_equal(refined.alpha[band != 128], (band[band != 128] == 255).astype(np.float32))
    Image.fromarray(image).save("photo.png")
    code, _, err = clipmat(
        "predict", "photo.png", "the cup", "-o", "m.png", "--checkpoint", tiny_model, "--device", "cpu",
        "--refine", f"vitmatte={networks('vitmatte')}",
    )  # fmt: skip
    assert code == 0 and Image.open("m.png").size == (90, 75), err


def test_what_is_no_vitmatte_is_said_clearly(networks, tmp_path, monkeypatch):
    from clipmat.refine.vitmatte import VITMATTE
    from clipmat.transformers_models import load_part

    with pytest.raises(BadInputError, match="there is no folder absent"):
        open_refiner("vitmatte=absent")
    with pytest.raises(BadInputError, match="holds no VitMatte"):
        open_refiner(f"vitmatte={tmp_path}")
    with pytest.raises(BadInputError, match="holds a sam model, VitMatte is vitmatte"):
        open_refiner(f"vitmatte={networks('sam')}")
    nowhere = dataclasses.replace(VITMATTE, published="nobody/no-weights")
    with pytest.raises(BadInputError, match="--refine vitmatte=hf:nobody/no-weights"):
        load_part(nowhere, None)
    broken = Path(shutil.copytree(networks("vitmatte"), tmp_path / "broken"))
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        open_refiner(f"vitmatte={broken}")
    from safetensors.torch import load_file, save_file

    state = load_file(Path(networks("vitmatte")) / "model.safetensors")
    name = next(name for name in state if name.startswith("decoder"))
    del state[name]
    save_file(state, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WeightsError, match=f"lacks weights of VitMatte .{name}"):
        open_refiner(f"vitmatte={broken}")
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'clipmat\[refine\]'"):
        open_refiner(f"vitmatte={broken}")
    with pytest.raises(UsageError, match="did you mean vitmatte"):
        open_refiner("vitmat")
