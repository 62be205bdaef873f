import numpy as np
import pytest

from rim_eval import Accumulator, score
from rim_eval.errors import DuplicateError, NotAMatteError, ShapeMismatchError


def test_equals_the_command_on_the_same_mattes(folders):
    import cv2

    predictions, truths = folders
    scores = Accumulator()
    mattes = {path.stem: cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in truths.iterdir()}
    for name, target in mattes.items():
        image = name.rsplit("_", 1)[0]
        siblings = [other for other_name, other in mattes.items() if other_name != name and image in other_name]
        prediction = cv2.imread(str(predictions / f"{name}.png"), cv2.IMREAD_UNCHANGED)
        scores.update(prediction, target, id=name, image_id=image, siblings=siblings)
    report = score(predictions, truths)
    assert scores.compute() == {**report.overall.values, "accuracy": report.targets.accuracy}


def test_merging_in_any_order_gives_the_same_bits():
    rng = np.random.default_rng(0)
    pairs = [rng.integers(0, 256, (2, 9, 9), dtype=np.uint8) for _ in range(6)]
    whole, left, right = Accumulator(), Accumulator(), Accumulator()
    for i, (p, g) in enumerate(pairs):
        whole.update(p, g, id=str(i), image_id=str(i // 2))
    for i, (p, g) in reversed(list(enumerate(pairs))):
        (left if i % 3 else right).update(p, g, id=str(i), image_id=str(i // 2))
    right.merge(left)
    assert right.compute() == whole.compute()


def test_an_id_counts_once():
    scores, other = Accumulator(["SAD"]), Accumulator(["SAD"])
    black = np.zeros((2, 2), np.uint8)
    scores.update(black, black, id="a")
    with pytest.raises(DuplicateError, match="a"):
        scores.update(black, black, id="a")
    other.update(black, black, id="a")
    with pytest.raises(DuplicateError):
        scores.merge(other)
    with pytest.raises(ValueError, match="different"):
        scores.merge(Accumulator(["MSE"]))


def test_bad_arrays_are_named():
    scores = Accumulator()
    with pytest.raises(NotAMatteError, match="step 3"):
        scores.update(np.full((2, 2), 2.0), np.zeros((2, 2)), id="step 3")
    with pytest.raises(ShapeMismatchError, match="step 4"):
        scores.update(np.zeros((2, 2)), np.zeros((2, 3)), id="step 4")
    assert scores.compute()["SAD"] is None and scores.compute()["accuracy"] is None


def test_a_given_trimap_is_checked():
    target = np.zeros((2, 3), np.uint8)
    scores = Accumulator(["SAD"], region="unknown")
    scores.update(target + 51, target, trimap=np.array([[0, 127, 255], [0, 0, 0]], np.uint8))
    assert scores.compute()["SAD"] == pytest.approx(0.2 / 1000)
    with pytest.raises(NotAMatteError, match="value 64"):
        scores.update(target, target, trimap=np.full((2, 3), 64, np.uint8))
    with pytest.raises(ShapeMismatchError):
        scores.update(target, target, trimap=np.zeros((3, 2), np.uint8))


def test_accuracy_is_among_items_with_a_target():
    thing, nothing = np.full((3, 3), 255, np.uint8), np.zeros((3, 3), np.uint8)
    scores = Accumulator(["SAD"])
    scores.update(thing, thing)
    scores.update(nothing, nothing)
    assert scores.compute()["accuracy"] == 1.0


def test_a_region_derives_its_trimap():
    target = np.zeros((60, 60), np.uint8)
    target[20:40, 20:40] = 255
    scores = Accumulator(["MAD"], region="bg")
    prediction = target.copy()
    prediction[0, 0] = 255
    scores.update(prediction, target)
    known = scores.rows()[0].measures.pixels
    assert scores.compute()["MAD"] == pytest.approx(1 / known) and 1000 < known < 3000
