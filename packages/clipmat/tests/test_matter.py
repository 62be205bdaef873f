"""Photos in, mattes out: sizes, cut-outs, composites, files that are no photos."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import SafetensorError

from clipmat import Matter
from clipmat.atomic import new_folder
from clipmat.errors import BadInputError, DiskError, UsageError, WeightsError
from clipmat.prediction.foreground import estimate_foreground
from clipmat.prediction.matter import Matte
from clipmat.prediction.photos import load_photo, photos_in


@pytest.fixture(scope="module")
def matter(tiny_model):
    return Matter.from_pretrained(tiny_model, "cpu")


def photo(height=75, width=130, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_the_alpha_has_the_photos_size_and_range(matter):
    matte = matter.predict(photo(), "the red cup")
    assert matte.alpha.shape == (75, 130) and matte.alpha.dtype == np.float32
    assert matte.alpha.min() >= 0 and matte.alpha.max() <= 1 and 0 <= matte.score <= 1
    assert matte.cutout().shape == (75, 130, 4)


def test_many_phrases_give_what_each_gives_alone(matter):
    texts = [
        f"the {word} thing" for word in ("red", "blue", "left", "right", "old", "new")
    ] * 4  # over one call's worth
    together = matter.predict(photo(), texts)
    assert [matte.phrase for matte in together] == texts
    for i in (0, 5, 20):
        alone = matter.predict(photo(), texts[i])
        np.testing.assert_allclose(together[i].alpha, alone.alpha, atol=1e-4)
        assert together[i].score == pytest.approx(alone.score, abs=1e-4)


def test_a_loaded_model_is_the_saved_one(tiny_model, tmp_path):
    from clipmat.model.folder import Origin, load_model, save_model

    model = load_model(tiny_model)
    save_model(tmp_path / "copy", model.config, model.state_dict(), Origin(steps=7))
    again = load_model(tmp_path / "copy")
    assert again.config == model.config
    assert all(torch.equal(again.state_dict()[name], value) for name, value in model.state_dict().items())
    assert not again.training


def test_checkpoints_that_are_none(tiny_model, tmp_path):
    with pytest.raises(BadInputError, match="no checkpoint"):
        Matter.from_pretrained(tmp_path / "absent")
    with pytest.raises(BadInputError, match="hf:someone/model"):
        Matter.from_pretrained("someone/model")
    with pytest.raises(BadInputError, match="holds no model"):
        Matter.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(
        (tiny_model / "config.json").read_text().replace('"tsp_mlp": 64', '"tsp_mlp": 0')
    )
    (tmp_path / "model.safetensors").write_bytes((tiny_model / "model.safetensors").read_bytes())
    with pytest.raises(WeightsError, match=r"unknown: tsp\.mlp"):
        Matter.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadInputError, match="no configuration"):
        Matter.from_pretrained(tmp_path)


def test_images_and_devices_that_are_none(matter, tiny_model):
    for wrong in (photo()[..., 0], photo().astype(np.float32), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(UsageError, match="uint8"):
            matter.predict(wrong, "the cup")
    with pytest.raises(UsageError, match="unknown device"):
        Matter.from_pretrained(tiny_model, "abacus")
    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="no cuda device"):
            Matter.from_pretrained(tiny_model, "cuda")


def test_a_cutout_carries_no_rim_of_its_background():
    # A red disc with a soft edge on green.
    y, x = np.mgrid[0:120, 0:120] - 60.0
    alpha = np.clip((40 - np.hypot(x, y)) / 12 + 0.5, 0, 1).astype(np.float32)
    red, green = np.array([200, 30, 40.0]), np.array([30, 180, 60.0])
    image = np.rint(alpha[..., None] * red + (1 - alpha[..., None]) * green).astype(np.uint8)
    soft = (alpha > 0.1) & (alpha < 0.9)
    before = np.abs(image[soft] - red).mean()
    after = np.abs(estimate_foreground(image, alpha)[soft] - red).mean()
    assert before > 50 and after < 12
    on_white = Matte(image, alpha, "the disc", 1.0).composite(np.full((10, 33, 3), 255, np.uint8))
    truth = alpha[..., None] * red + (1 - alpha[..., None]) * 255
    assert np.abs(on_white - truth).mean() < 2


def test_photos_come_upright_and_without_surprises(tmp_path):
    pixels = photo(20, 30)
    turned = Image.fromarray(pixels)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_array_equal(load_photo(tmp_path / "turned.png"), np.rot90(pixels, -1))
    clear = np.dstack([pixels, np.zeros((20, 30), np.uint8)])
    Image.fromarray(clear).save(tmp_path / "clear.png")
    assert (load_photo(tmp_path / "clear.png") == 255).all()
    Image.fromarray(pixels[..., 0]).save(tmp_path / "grey.png")
    assert load_photo(tmp_path / "grey.png").shape == (20, 30, 3)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bit_greys_are_scaled(tmp_path, suffix):
    Image.fromarray(np.array([[0, 257, 30000, 65535]], np.uint16)).save(tmp_path / f"deep.{suffix}")
    assert load_photo(tmp_path / f"deep.{suffix}")[0, :, 0].tolist() == [0, 1, 117, 255]


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_numbers_without_a_white_are_refused(tmp_path, kind):
    Image.fromarray(np.ones((4, 4), kind)).save(tmp_path / "numbers.tif")
    with pytest.raises(BadInputError, match="without a known white"):
        load_photo(tmp_path / "numbers.tif")


def test_a_folder_is_replaced_as_a_whole(tmp_path, monkeypatch):
    def write(folder, text):
        with new_folder(folder) as made:
            (made / "file").write_text(text)

    write(tmp_path / "a", "one")
    write(tmp_path / "a", "two")
    assert (tmp_path / "a" / "file").read_text() == "two" and len(list(tmp_path.iterdir())) == 1
    monkeypatch.chdir(tmp_path / "a")
    write(Path(), "three")
    assert (tmp_path / "a" / "file").read_text() == "three" and len(list(tmp_path.iterdir())) == 1
    removed, plain = [], Path.replace

    def failing(self, target):
        if not removed and self.name.startswith(".a-") and not str(target).endswith("-before"):
            removed.append(self)
            raise OSError("no")
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    for error in (OSError("full"), SafetensorError("full")):
        with pytest.raises(DiskError), new_folder(tmp_path / "a"):
            raise error
    with pytest.raises(DiskError):
        write(tmp_path / "a", "four")
    assert removed and (tmp_path / "a" / "file").read_text() == "three"


def test_files_that_are_no_photos(tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    Image.fromarray(photo()).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:2000])
    for name in ("text.jpg", "cut.png"):
        with pytest.raises(BadInputError, match="cannot be opened"):
            load_photo(tmp_path / name)
    with pytest.raises(BadInputError, match="no photo"):
        load_photo(tmp_path / "absent.jpg")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match="no photo in"):
        photos_in(tmp_path / "empty")
