import numpy as np
import pytest

from rim_eval.alpha import as_matte, as_pair
from rim_eval.errors import NotAMatteError, ShapeMismatchError


class FakeTensor:
    """What a tensor offers: detach, cpu, numpy."""

    def __init__(self, values):
        self.values = values
        self.calls = []

    def detach(self):
        self.calls.append("detach")
        return self

    def cpu(self):
        self.calls.append("cpu")
        return self

    def numpy(self):
        self.calls.append("numpy")
        return self.values


def test_a_tensor_is_taken_by_duck_typing():
    tensor = FakeTensor(np.array([[0.25, 1.0]], np.float32))
    assert as_matte(tensor).tolist() == [[0.25, 1.0]]
    assert tensor.calls == ["detach", "cpu", "numpy"]


@pytest.mark.parametrize("shape", [(4, 5, 1), (1, 4, 5), (20,), (4, 5, 3), ()])
def test_any_other_shape_is_refused(shape):
    with pytest.raises(NotAMatteError, match="is not"):
        as_matte(np.zeros(shape, np.uint8))


def test_an_empty_array_is_refused():
    with pytest.raises(NotAMatteError, match="holds no pixel"):
        as_matte(np.zeros((0, 5), np.uint8))


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint32, np.int8, np.complex128, object])
def test_other_types_are_refused(dtype):
    with pytest.raises(NotAMatteError, match="type"):
        as_matte(np.zeros((2, 2), dtype))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1e-9, 1.0000001])
def test_floats_outside_the_unit_interval_are_refused_with_their_place(value):
    alpha = np.full((3, 4), 0.5)
    alpha[2, 1] = value
    with pytest.raises(NotAMatteError, match="row 2, column 1"):
        as_matte(alpha)


@pytest.mark.parametrize("shape", [(1, 5), (4, 1), (5, 4), (4, 6)])
def test_nothing_broadcasts(shape):
    with pytest.raises(ShapeMismatchError):
        as_pair(np.zeros(shape, np.uint8), np.zeros((4, 5), np.uint8))


def test_eight_bits_are_promoted_exactly():
    p, g, scale = as_pair(np.array([[0, 1, 255]], np.uint8), np.array([[0, 257, 65535]], np.uint16))
    assert p.tolist() == g.tolist() == [[0, 257, 65535]]
    assert scale == 65535


def test_inputs_stay_unmodified():
    big_endian = np.array([[1, 2]], ">u2")
    before = big_endian.copy()
    assert as_matte(big_endian).tolist() == [[1, 2]]
    assert (big_endian == before).all()


def test_bool_is_black_and_white():
    assert as_matte(np.array([[True, False]])).tolist() == [[255, 0]]
