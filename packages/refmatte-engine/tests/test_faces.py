"""The face inside the alpha, with a small network in YuNet's real form."""

from dataclasses import replace

import numpy as np
import pytest
from faces_of_sample import sample_face
from onnx_files import FACE_SIDE, LANDMARKS, red_face_detector, weights_of

from refmatte_engine.config import Labelling
from refmatte_engine.errors import BadInputError
from refmatte_engine.labellers.base import Look
from refmatte_engine.labellers.people.faces import Face, FaceFinder, is_turned, share_on_alpha, sharpness
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.sample import PHOTOGRAPHS, blur_face, photograph

pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def finder(tmp_path_factory):
    return FaceFinder(red_face_detector(tmp_path_factory.mktemp("yunet") / "yunet.onnx"), Labelling())


def photo(*cells, size=320, cell=32, blurred=False):
    """Grey, with a speckled red square in each of `cells` (column, row)."""
    image = np.full((size, size, 3), 128, np.uint8)
    speckles = np.random.default_rng(1).integers(0, 2, (cell, cell)) * 127 + 128
    if blurred:
        speckles[:] = 190
    for column, row in cells:
        image[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell] = 0
        image[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell, 0] = speckles
    return image


def look(image, alpha=None):
    alpha = np.full(image.shape[:2], 255, np.uint8) if alpha is None else alpha
    return Look("people/one", image, alpha, EntityKind.HUMAN, "human")


def test_a_face_is_found_where_it_is(finder):
    face = finder.find(look(photo((4, 3))))
    middle = np.array([4.5, 3.5]) * 32
    assert (face.x, face.y) == pytest.approx(tuple(middle - FACE_SIDE / 2), abs=0.01)
    assert (face.w, face.h) == pytest.approx((FACE_SIDE, FACE_SIDE), abs=0.01)
    assert face.landmarks == pytest.approx(middle + np.array(LANDMARKS) * 32, abs=0.01)
    assert face.score == pytest.approx(1.0, abs=1e-3)
    assert face.doubt == ""


def test_boxes_are_those_that_opencv_itself_finds(finder):
    import cv2

    image = photo((4, 3), (7, 7))
    detector = cv2.FaceDetectorYN.create(str(finder.weights.path), "", (320, 320), 0.7, 0.3)
    _, rows = detector.detect(np.ascontiguousarray(image[..., ::-1]))
    assert len(rows) == 2
    face = finder.find(look(image, _alpha_around((7, 7))))
    nearest = min(rows, key=lambda row: abs(row[0] - face.x))
    assert (face.x, face.y, face.w, face.h) == pytest.approx(tuple(nearest[:4]), abs=0.01)


def _alpha_around(cell, size=320):
    """Foreground around one cell of 32 pixels, and in two corners, so that the whole picture is shown."""
    alpha = np.zeros((size, size), np.uint8)
    column, row = cell
    alpha[row * 32 - 8 : row * 32 + 40, column * 32 - 8 : column * 32 + 40] = 255
    alpha[0, 0] = alpha[size - 1, size - 1] = 255
    return alpha


def test_a_large_picture_is_shown_small_and_its_face_is_where_it_is(finder):
    face = finder.find(look(photo((4, 3), size=1280, cell=64)))
    middle = np.array([4.5, 3.5]) * 64
    assert (face.x, face.y) == pytest.approx(tuple(middle - FACE_SIDE), abs=0.1)
    assert face.w == pytest.approx(2 * FACE_SIDE, abs=0.1)


def test_what_does_not_count_at_the_first_size_is_looked_for_at_the_second(finder):
    # At 640 pixels one quarter of the face is seen, where the alpha has a hole; at 320 the whole of it.
    image = photo((3, 3), size=640, cell=64)
    image[192:256, 192:256] = (128, 38, 39)
    image[192:224, 192:224] = (255, 0, 0)
    alpha = np.full((640, 640), 255, np.uint8)
    alpha[188:228, 188:228] = 0
    face = finder.find(look(image, alpha))
    assert (face.x, face.w) == pytest.approx((224 - FACE_SIDE, 2 * FACE_SIDE), abs=0.1)


def test_the_face_of_somebody_beside_the_cut_out_does_not_count(finder):
    alpha = np.zeros((320, 320), np.uint8)
    alpha[:, :64] = 255
    alpha[0, 319] = 255
    assert finder.find(look(photo((4, 3)), alpha)) is None


def test_without_an_alpha_there_is_no_face(finder):
    assert finder.find(look(photo((4, 3)), np.zeros((320, 320), np.uint8))) is None


def test_several_faces_are_not_judged(finder):
    face = finder.find(look(photo((2, 3), (6, 3))))
    assert face.doubt == "2 faces inside the alpha"


def test_a_blurred_face_is_found_but_not_judged(finder):
    face = finder.find(look(photo((4, 3), blurred=True)))
    assert face.doubt.startswith("the face is blurred")


def test_a_small_face_is_not_judged(finder):
    strict = FaceFinder(finder.weights, Labelling(face_side=FACE_SIDE + 1))
    assert strict.find(look(photo((4, 3)))).doubt == f"the face is {FACE_SIDE} pixels small"


def test_a_face_that_looks_away_is_not_judged(tmp_path):
    aside = ((-0.3, -0.3), (0.0, -0.3), (0.3, 0.0), (0.0, 0.3), (0.2, 0.3))
    finder = FaceFinder(red_face_detector(tmp_path / "yunet.onnx", landmarks=aside), Labelling())
    assert finder.find(look(photo((4, 3)))).doubt == "the face is turned away"


@pytest.mark.parametrize(
    ("nose", "turned"), [((0.5, 1.0), False), ((0.95, 1.0), True), ((-0.2, 1.0), True), ((0.15, 3.0), False)]
)
def test_the_nose_of_a_face_that_looks_here_is_between_the_eyes(nose, turned):
    points = np.array([(0, 0), (1, 0), nose, (0, 2), (1, 2)], np.float32)
    assert is_turned(points) is turned
    quarter = np.array([[0, -1], [1, 0]], np.float32)  # the same face, lying
    assert is_turned(points @ quarter) is turned


def test_eyes_in_one_place_are_no_face_that_looks_here():
    assert is_turned(np.zeros((5, 2), np.float32))


def test_sharpness_does_not_depend_on_size_or_exposure():
    import cv2

    small = np.random.default_rng(0).integers(60, 200, (40, 40, 1), np.uint8).repeat(3, axis=2)
    large = cv2.resize(small, (400, 400), interpolation=cv2.INTER_NEAREST)
    there = Face(0, 0, 400, 400, np.zeros((5, 2), np.float32), 1.0)
    plain = sharpness(large, there)
    assert sharpness(large // 2, there) == pytest.approx(plain, rel=0.03)
    doubled = Face(0, 0, 800, 800, there.landmarks, 1.0)
    assert sharpness(cv2.resize(large, (800, 800), interpolation=cv2.INTER_NEAREST), doubled) == pytest.approx(
        plain, rel=0.05
    )
    assert sharpness(cv2.GaussianBlur(large, (0, 0), 40), there) < 0.2 * plain


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper"])
def test_real_faces_are_sharp_and_blurred_ones_are_not(name):
    known, face = PHOTOGRAPHS[name], sample_face(name)
    sharp = photograph(name)
    least = Labelling().face_sharpness
    assert sharpness(sharp, face) > 1.3 * least
    box = replace(known.face, x=round(face.x), y=round(face.y))
    assert sharpness(blur_face(sharp, box), face) < 0.3 * least


def test_what_reaches_over_the_border_is_not_on_the_alpha():
    alpha = np.full((100, 100), 255, np.uint8)
    face = Face(-20.0, 0.0, 40.0, 40.0, np.zeros((5, 2), np.float32), 1.0)
    assert share_on_alpha(face, alpha) == pytest.approx(0.5)
    assert share_on_alpha(Face(200.0, 200.0, 10.0, 10.0, face.landmarks, 1.0), alpha) == 0.0


@pytest.mark.parametrize("data", [b"", b"no network", bytes(1000)])
def test_a_file_that_is_no_network_is_refused(tmp_path, data):
    path = tmp_path / "yunet.onnx"
    path.write_bytes(data)
    with pytest.raises(BadInputError, match=r"cannot be used as yunet.*refmatte models check yunet"):
        FaceFinder(weights_of("yunet", path), Labelling())


def test_a_cut_off_file_is_refused(tmp_path):
    path = red_face_detector(tmp_path / "yunet.onnx").path
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(BadInputError, match="cannot be used as yunet"):
        FaceFinder(weights_of("yunet", path), Labelling())


def test_a_network_without_an_output_is_refused_by_its_name(tmp_path):
    with pytest.raises(BadInputError, match="lacks the outputs kps_16"):
        FaceFinder(red_face_detector(tmp_path / "yunet.onnx", without="kps_16"), Labelling())


def test_the_fingerprint_knows_weights_and_settings(finder, tmp_path):
    other = red_face_detector(tmp_path / "other.onnx", landmarks=((0.0, 0.0), *LANDMARKS[1:]))
    prints = {
        finder.fingerprint,
        FaceFinder(other, Labelling()).fingerprint,
        FaceFinder(finder.weights, Labelling(face_sharpness=0.1)).fingerprint,
    }
    assert len(prints) == 3
