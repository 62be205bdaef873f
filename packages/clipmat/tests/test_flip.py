import pytest

from clipmat.data.flip import mirrored


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the cat on the left", "the cat on the right"),
        ("the RIGHT one, left of the Left-hand dog", "the LEFT one, right of the Right-hand dog"),
        ("the leftmost and the rightmost cup", "the rightmost and the leftmost cup"),
        ("the dog which is to the left of the cat", "the dog which is to the right of the cat"),
        ("the dog that is left of the cat", "the dog that is right of the cat"),
        ("far left, upper-right", "far right, upper-left"),
        ("the bright copyright playwright upright", "the bright copyright playwright upright"),
        ("the leftover bread", "the leftover bread"),
        ("the red car", "the red car"),
    ],
)
def test_sides_change_places(text, expected):
    assert mirrored(text) == expected
    assert mirrored(expected) == text


@pytest.mark.parametrize(
    "text",
    [
        "the piece that is left",
        "the left over cake",
        "the cat that is all right",
        "a right angle",
        "the dial turning clockwise",
        "the eastern tower",
        "the shoe left behind",
    ],
)
def test_what_cannot_be_told_stays(text):
    assert mirrored(text) is None
