"""The face inside the alpha of a person, by YuNet through OpenCV, and whether it can be judged.

The rule. The photograph is cut to the box of the alpha plus a margin and shown to the detector, a large one at
two sizes. Of the faces it finds those count that lie mostly on the alpha: that of somebody beside the cut-out does
not. The largest is taken. It is *not judged* (gender, age) when it is blurred, too small, turned away, or one of
several.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.config import Labelling
from refmatte_engine.labellers.base import Look, Weights
from refmatte_engine.labellers.people.onnx_net import opencv_quiet, read_bytes, unusable

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUTPUTS = tuple(f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32))
"""Names of YuNet's outputs (opencv_zoo, face_detection_yunet_2023mar)."""

SIDES = (640, 320)
"""Longer side shown to the detector, tried in turn: it finds faces of about 10 to 300 pixels (opencv_zoo), so the
face of a close-up shows at the second size."""

NMS = 0.3
"""Overlap above which two detections are one face (OpenCV's default)."""

MARGIN = 0.1
"""Of the alpha's box, shown around it."""

ON_ALPHA = 0.7
"""A face counts when this share of its box is foreground (our choice; hair and sky fill the corners)."""

RIVAL = 0.5
"""A second face of this share of the largest one's area makes it unclear whose is meant (our choice)."""

INNER = 0.6
"""Part of the box, around its centre, that tells sharpness and skin: eyes to mouth, no hair, no edge."""

SHARPNESS_SIDE = 64
"""Side to which that part is scaled, so that sharpness does not depend on the size of the picture."""

NOSE_SPAN = (0.1, 0.9)
"""Where the nose of a face that looks at the camera stands between the eyes, 0 to 1 (our choice)."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face that was found.

    Attributes:
        x, y, w, h: box in pixels of the photograph; may reach over its border.
        landmarks: float32 (5, 2): right eye, left eye, nose, right and left corner of the mouth.
        score: of the detector, 0..1.
        doubt: why it is not judged, for people; empty when it can be.
    """

    x: float
    y: float
    w: float
    h: float
    landmarks: NDArray[np.float32]
    score: float
    doubt: str = ""


class FaceFinder:
    """YuNet, read once."""

    def __init__(self, weights: Weights, settings: Labelling):
        """Read the network and try it on an empty picture.

        Raises:
            BadInputError: the file is no YuNet.
        """
        import cv2

        self.weights = weights
        self.settings = settings
        data = read_bytes(weights)
        try:
            with opencv_quiet():
                outputs = set(cv2.dnn.readNetFromONNX(data).getUnconnectedOutLayersNames())
                if missing := [name for name in OUTPUTS if name not in outputs]:
                    raise unusable(weights, f"it lacks the outputs {', '.join(missing)}")
                self._detector = cv2.FaceDetectorYN.create(
                    "onnx", data, np.zeros(0, np.uint8), (SIDES[-1], SIDES[-1]), settings.face_score, NMS
                )
                self._detector.detect(np.zeros((SIDES[-1], SIDES[-1], 3), np.uint8))
        except cv2.error as error:
            raise unusable(weights, error.err or error) from error

    @property
    def fingerprint(self) -> str:
        """Of the network and of the rule above."""
        scores = self.settings
        rule = (SIDES, NMS, MARGIN, ON_ALPHA, RIVAL, INNER, SHARPNESS_SIDE, NOSE_SPAN)
        return f"yunet {self.weights.sha256} {scores.face_score} {scores.face_sharpness} {scores.face_side} {rule}"

    def find(self, look: Look) -> Face | None:
        """The largest face on the alpha, with what speaks against judging it; None when there is none."""
        left, top, right, bottom = _shown(look.alpha)
        if right <= left or bottom <= top:
            return None
        picture = look.image[top:bottom, left:right]
        faces: list[Face] = []
        for scale in dict.fromkeys(min(1.0, side / max(picture.shape[:2])) for side in SIDES):
            found = self._detect(picture, scale, left, top)
            faces = [face for face in found if share_on_alpha(face, look.alpha) >= ON_ALPHA]
            if faces:
                break
        if not faces:
            return None
        faces.sort(key=lambda face: (-face.w * face.h, face.x, face.y))
        return self._doubted(faces, look.image)

    def _detect(self, picture: NDArray[np.uint8], scale: float, left: int, top: int) -> list[Face]:
        import cv2

        height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
        bgr = np.ascontiguousarray(picture[..., ::-1])
        if scale < 1.0:
            bgr = np.asarray(cv2.resize(bgr, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        self._detector.setInputSize((width, height))
        _, rows = self._detector.detect(bgr)
        back = np.array([picture.shape[1] / width, picture.shape[0] / height], np.float32)
        faces = []
        for row in np.zeros((0, 15), np.float32) if rows is None else rows:
            (x, y), (w, h) = row[:2] * back + (left, top), row[2:4] * back
            points = row[4:14].reshape(5, 2) * back + np.array([left, top], np.float32)
            faces.append(Face(float(x), float(y), float(w), float(h), points, float(row[14])))
        return faces

    def _doubted(self, faces: list[Face], image: NDArray[np.uint8]) -> Face:
        face, rest = faces[0], faces[1:]
        doubt = ""
        if rest and rest[0].w * rest[0].h >= RIVAL * face.w * face.h:
            doubt = f"{len(faces)} faces inside the alpha"
        elif min(face.w, face.h) < self.settings.face_side:
            doubt = f"the face is {min(face.w, face.h):.0f} pixels small"
        elif is_turned(face.landmarks):
            doubt = "the face is turned away"
        elif (found := sharpness(image, face)) < self.settings.face_sharpness:
            doubt = f"the face is blurred (sharpness {found:.3f}, at least {self.settings.face_sharpness:g})"
        return Face(face.x, face.y, face.w, face.h, face.landmarks, face.score, doubt)


def share_on_alpha(face: Face, alpha: NDArray[np.uint8]) -> float:
    """Mean alpha (0..1) in the box of the face, nothing beyond the border of the picture."""
    x0, y0, x1, y1 = round(face.x), round(face.y), round(face.x + face.w), round(face.y + face.h)
    inside = alpha[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    area = (x1 - x0) * (y1 - y0)
    return float(inside.sum(dtype=np.int64)) / 255.0 / area if area > 0 else 0.0


def is_turned(landmarks: NDArray[np.float32]) -> bool:
    """The nose does not stand between the eyes, seen along the line through them."""
    right, left, nose = (landmarks[index].astype(np.float64) for index in range(3))
    axis = left - right
    length = float(axis @ axis)
    if length <= 0.0:
        return True
    return not NOSE_SPAN[0] <= float((nose - right) @ axis) / length <= NOSE_SPAN[1]


def middle_of(face: Face) -> tuple[slice, slice]:
    """Rows and columns of `INNER` of a face's box, inside the picture; may be empty."""
    cx, cy, half_w, half_h = face.x + face.w / 2, face.y + face.h / 2, face.w * INNER / 2, face.h * INNER / 2
    return (
        slice(max(round(cy - half_h), 0), max(round(cy + half_h), 0)),
        slice(max(round(cx - half_w), 0), max(round(cx + half_w), 0)),
    )


def sharpness(image: NDArray[np.uint8], face: Face) -> float:
    """How much detail the middle of a face shows: deviation of its Laplacian, relative to its mean brightness.

    Scaled to one size first. On 15 photographs with faces of 77 to 480 pixels, boxes by hand: 0.12 to 0.33 for
    the 9 that can be recognised, 0.015 to 0.07 for the 6 that P3M-10k blurs; a Gaussian blur of 2 % of the face's
    width leaves at most 0.04.

    Args:
        image: uint8 (H, W, 3) RGB.
    """
    import cv2

    inner = image[middle_of(face)]
    if min(inner.shape[:2]) < 2:
        return 0.0
    gray = cv2.cvtColor(np.ascontiguousarray(inner), cv2.COLOR_RGB2GRAY)
    shrinks = max(gray.shape) > SHARPNESS_SIDE
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    scaled = cv2.resize(gray, (SHARPNESS_SIDE, SHARPNESS_SIDE), interpolation=how).astype(np.float32)
    return float(cv2.Laplacian(scaled, cv2.CV_32F).std() / max(float(scaled.mean()), 1.0))


def _shown(alpha: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the alpha's box with a margin, inside the picture."""
    rows = np.flatnonzero((alpha >= 128).any(axis=1))
    columns = np.flatnonzero((alpha >= 128).any(axis=0))
    if not rows.size:
        return 0, 0, 0, 0
    height, width = alpha.shape
    dy, dx = round((rows[-1] - rows[0] + 1) * MARGIN), round((columns[-1] - columns[0] + 1) * MARGIN)
    return (
        max(int(columns[0]) - dx, 0),
        max(int(rows[0]) - dy, 0),
        min(int(columns[-1]) + 1 + dx, width),
        min(int(rows[-1]) + 1 + dy, height),
    )
