"""Batches: what they hold, and that nothing but the step decides it."""

import numpy as np
import pytest
import torch

from clipmat.config import AugmentConfig, preset
from clipmat.data.augment import drawn_kernel, prepare
from clipmat.data.batches import Batches, batches
from clipmat.data.order import EpochOrder
from clipmat.data.scenes import open_split, open_training_set
from clipmat.errors import BadInputError, StateConflictError, UsageError
from clipmat.model.prompts import build_prompter
from clipmat.randomness import torch_generator_for

SIZE = 64


@pytest.fixture(scope="module")
def opened(drawn, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    return open_training_set(drawn, "expression", SIZE, seed=0, validation_images=3, cache=cache)


def made(opened, **changes):
    config = preset("tiny").model
    settings = {"seed": 1, "batch_size": 4, "queries": 3, "flip": 0.5, **changes}
    return Batches([(opened, 1.0)], build_prompter(config, 77), **settings)


def same(one, other):
    return all(
        getattr(one, name).equal(getattr(other, name))
        for name in ("images", "alphas", "ids", "owner", "matte", "flip")
    )


def test_a_batch_holds_images_and_their_pairs(opened, drawn):
    batch = made(opened)[0]
    assert batch.images.shape == (4, 3, SIZE, SIZE) and batch.images.dtype == torch.uint8
    assert batch.ids.shape == (12, 69)
    # A matte is there once, however many phrases ask for it, and stands with those of its image.
    assert len(batch.alphas) == len(set(batch.matte.tolist())) <= 8
    assert all(len(set(batch.owner[batch.matte == matte].tolist())) == 1 for matte in range(len(batch.alphas)))
    assert batch.owner.tolist() == [i for i in range(4) for _ in range(3)]
    areas = batch.alphas.float().mean((1, 2)) / 255
    assert ((areas > 0.02) & (areas < 0.3)).all()


def test_held_out_images_are_whole_and_never_trained_on(opened):
    held = {sample.image_id for scene in opened.held_out for sample in scene}
    assert len(held) == 3 and all(len(scene) == 8 for scene in opened.held_out)
    assert not held & {scene.name for scene in opened.scenes}
    assert len(opened.scenes) == 37


def test_a_step_is_a_function_of_its_number(opened):
    one, other = made(opened), made(opened)
    for step in (0, 5, 30):
        assert same(one[step], other[step])
    assert not same(one[0], one[1]) and not same(one[0], made(opened, seed=2)[0])


def test_workers_change_nothing(opened):
    here = list(batches(made(opened), 2, 6, workers=0, pin=False))
    there = list(batches(made(opened), 2, 6, workers=2, pin=False))
    assert all(same(one, other) for one, other in zip(here, there, strict=True))


def test_processes_share_a_step(opened):
    whole = made(opened)[3]
    parts = [made(opened, rank=rank, world=2)[3] for rank in (0, 1)]
    assert torch.cat([part.images for part in parts]).equal(whole.images)
    assert torch.cat([part.ids for part in parts]).equal(whole.ids)
    with pytest.raises(BadInputError, match="divide"):
        made(opened, world=3)


def test_an_epoch_is_every_image_once(opened):
    source = made(opened, batch_size=1, queries=1, flip=0.0)
    seen = {source[step].images.numpy().tobytes() for step in range(source.steps_per_epoch)}
    assert source.steps_per_epoch == 37 == len(seen)


def test_weights_mix_datasets(opened):
    config = preset("tiny").model
    source = Batches(
        [(opened, 1.0), (opened, 2.0)],
        build_prompter(config, 77),
        seed=0, batch_size=1, queries=1, flip=0.0,
    )  # fmt: skip
    assert source.steps_per_epoch == 3 * 37
    order = EpochOrder([37, 37], [1.0, 2.0], seed=0, batch_size=1)
    from_second = sum(slot.dataset == 1 for step in range(3 * 37) for slot in order.slots(step))
    assert from_second == 2 * 37


def test_a_flipped_image_has_flipped_words_and_alpha(opened):
    flipped, plain = made(opened, flip=1.0)[0], made(opened, flip=0.0)[0]
    assert flipped.flip.all() and not plain.flip.any()
    left, right = 1823, 1155  # of CLIP's vocabulary
    swap = plain.ids.clone()
    swap[plain.ids == left], swap[plain.ids == right] = right, left
    assert (plain.ids == left).any() and flipped.ids.equal(swap)
    quiet = AugmentConfig(noise=0.0)
    of_flipped = prepare(flipped, quiet, torch_generator_for("cpu", 0, "x"))
    of_plain = prepare(plain, quiet, torch_generator_for("cpu", 0, "x"))
    torch.testing.assert_close(of_flipped.images, of_plain.images.flip(3))
    torch.testing.assert_close(of_flipped.alpha, of_plain.alpha.flip(3))
    assert of_flipped.trimap.equal(of_plain.trimap.flip(2))


def test_augmentation_is_addressed_and_in_range(opened):
    batch = made(opened)[0]
    loud = AugmentConfig(noise=1.0, blur=1.0, gamma=1.0)
    one, again, other = (prepare(batch, loud, torch_generator_for("cpu", 0, "a", i)) for i in (1, 1, 2))
    assert one.images.equal(again.images) and not one.images.equal(other.images)
    assert one.images.min() >= 0 and one.images.max() <= 1
    assert one.alpha.equal(other.alpha)


def test_the_cache_is_read_again_and_made_again_for_other_data(drawn, tmp_path):
    done = []
    open_training_set(drawn, "expression", 32, seed=0, validation_images=0, cache=tmp_path, progress=done.append)
    assert done[-1] == 40 + 80
    again = []
    opened = open_training_set(
        drawn, "expression", 32, seed=0, validation_images=0, cache=tmp_path, progress=again.append
    )
    assert again == []
    scene = opened.scenes[0]
    whole = np.asarray(__import__("cv2").imread(str(next((drawn / "train" / "images").glob(f"{scene.name}.jpg")))))
    assert abs(opened.cache.image(scene.name).mean() - whole.mean()) < 3


def test_bad_datasets_are_said(drawn, tmp_path):
    with pytest.raises(BadInputError, match="no dataset folder"):
        open_split(tmp_path / "absent", "test", "expression")
    with pytest.raises(UsageError, match="unknown split"):
        open_split(drawn, "validation", "expression")
    (tmp_path / "half").mkdir()
    with pytest.raises(StateConflictError, match="not finished"):
        open_split(tmp_path / "half", "test", "expression")
    said = (drawn / "MANIFEST.json").read_text().replace('"schema_version": "1.0"', '"schema_version": "9.0"')
    (tmp_path / "half" / "MANIFEST.json").write_text(said)
    with pytest.raises(BadInputError, match=r"schema 9\.0"):
        open_split(tmp_path / "half", "test", "expression")


def test_a_trimaps_kernel_is_the_next_number_of_a_cpu_generator():
    one, other = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    drawn = [drawn_kernel((5, 15), one) for _ in range(20)]
    assert drawn == [int(torch.randint(5, 16, (1,), generator=other)) for _ in range(20)]
    assert min(drawn) >= 5 and max(drawn) <= 15
