"""`Matter`: a model, a device, and nothing of tensors outside. `Matte`: what it found."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, overload

import numpy as np

from clipmat.atomic import write_bytes
from clipmat.errors import BadInputError, UsageError

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from clipmat.model.clipmat import CLIPMat
    from clipmat.model.prompts import Prompter
    from clipmat.refine.refined import RefinedMatter, Refiner

QUERIES_AT_ONCE = 16
"""Phrases that share one call of the text side."""
TRIMAP_LEVELS = np.array([0, 128, 255], np.uint8)
"""Background, unknown, foreground as grey levels."""


@dataclass(frozen=True, slots=True)
class Matte:
    """The matte of one phrase in one image.

    Attributes:
        image: uint8 (H, W, 3), the photo.
        alpha: float32 (H, W) in [0, 1], at the photo's size.
        phrase: what was asked.
        score: the largest foreground probability of any pixel, in [0, 1]; low when nothing fits the phrase.
        trimap: uint8 (H, W), the semantic decoder's answer: 0 background, 128 unknown, 255 foreground. None when
            the matte comes from something that draws none.
    """

    image: NDArray[np.uint8]
    alpha: NDArray[np.float32]
    phrase: str
    score: float
    trimap: NDArray[np.uint8] | None = None

    def levels(self) -> NDArray[np.uint8]:
        """The alpha as 0..255."""
        levels: NDArray[np.uint8] = np.rint(self.alpha * 255.0).astype(np.uint8)
        return levels

    def cutout(self) -> NDArray[np.uint8]:
        """uint8 (H, W, 4), straight alpha, with estimated foreground colours: no rim of the old background."""
        from clipmat.prediction.foreground import estimate_foreground

        return np.dstack([estimate_foreground(self.image, self.alpha), self.levels()])

    def composite(self, background: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """uint8 (H, W, 3): the thing on another picture, which is scaled to cover the frame and cropped.

        Args:
            background: uint8 (h, w, 3) of any size.
        """
        from clipmat.prediction.foreground import estimate_foreground

        a = self.alpha[..., None]
        behind = cover(background, self.alpha.shape)
        blended = a * estimate_foreground(self.image, self.alpha) + (1.0 - a) * behind
        return np.rint(blended).astype(np.uint8)

    def save(self, path: str | Path) -> None:
        """Write the alpha as 8-bit grey PNG."""
        save_picture(Path(path), self.levels())


class Predictor(Protocol):
    """Whatever answers phrases about an image with mattes: a `Matter`, a refined one, a baseline."""

    def predict(self, image: NDArray[np.uint8], phrases: Sequence[str]) -> list[Matte]:
        """The mattes of several phrases; ``image`` is uint8 (H, W, 3) RGB."""
        ...

    def tokens_read(self, phrase: str) -> int | None:
        """How many tokens of a phrase are read when it is too long, else None."""
        ...

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """What answers, by name: equal networks with equal weights give equal mattes."""
        ...


class Matter:
    """Mattes phrases on photos.

    >>> matter = Matter.from_pretrained("runs/1")           # doctest: +SKIP
    >>> matter.predict("photo.jpg", "the red cup").save("matte.png")  # doctest: +SKIP
    """

    def __init__(self, model: CLIPMat, device: torch.device | str | None = None) -> None:
        """`device`: cuda, mps or cpu; None: the best there is."""
        import torch

        from clipmat.devices import choose_device
        from clipmat.model.prompts import build_prompter

        self.device: torch.device = choose_device(device)
        self.model = model.to(self.device).eval()
        self.prompter: Prompter = build_prompter(model.config, model.text_encoder.context)
        self._torch = torch

    @classmethod
    def from_pretrained(cls, where: str | Path, device: torch.device | str | None = None) -> Matter:
        """Load a model folder, a run of `clipmat train`, or ``hf:owner/name``.

        Raises:
            BadInputError: nothing there, or weights of another architecture.
        """
        from clipmat.model.folder import load_model

        return cls(load_model(where), device)

    @overload
    def predict(self, image: NDArray[np.uint8] | str | Path, phrases: str) -> Matte: ...  # type: ignore[overload-overlap]  # a str is a Sequence[str] too
    @overload
    def predict(self, image: NDArray[np.uint8] | str | Path, phrases: Sequence[str]) -> list[Matte]: ...
    def predict(self, image: NDArray[np.uint8] | str | Path, phrases: str | Sequence[str]) -> Matte | list[Matte]:
        """The mattes of one or several phrases; the image is looked at once.

        Args:
            image: uint8 (H, W, 3) RGB, or a file.
            phrases: a text or several.

        Returns:
            One `Matte` for a text, a list for a list.

        Raises:
            BadInputError: a file that is no picture, an empty phrase.
            UsageError: an array of another shape or type.
        """
        from clipmat.devices import telling_out_of_memory

        pixels = photo_pixels(image)
        texts = [phrases] if isinstance(phrases, str) else list(phrases)
        ids = self.prompter.ids(texts)
        with telling_out_of_memory(self.device, f"this model and a photo of {pixels.shape[:2]}"):
            mattes = self._mattes(pixels, texts, ids)
        return mattes[0] if isinstance(phrases, str) else mattes

    def refined(self, refiner: Refiner) -> RefinedMatter:
        """The same, with every matte sharpened by a refiner at the photo's own size."""
        from clipmat.refine.refined import RefinedMatter

        return RefinedMatter(self, refiner)

    def tokens_read(self, phrase: str) -> int | None:
        """How many tokens of a phrase are read when it is too long, else None."""
        return self.prompter.length if self.prompter.is_cut(phrase) else None

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The model, as ``clipmat``."""
        return {"clipmat": self.model}

    def _mattes(self, pixels: NDArray[np.uint8], texts: Sequence[str], ids: torch.Tensor) -> list[Matte]:
        import torch.nn.functional as F

        from clipmat.data.shards import resized_image
        from clipmat.model.collaboration import FOREGROUND

        torch = self._torch
        size = pixels.shape[:2]
        small = torch.from_numpy(resized_image(pixels, self.model.config.image_size)).to(self.device)
        mattes: list[Matte] = []
        with torch.inference_mode():
            seen = self.model.look(small.permute(2, 0, 1)[None].float() / 255.0)
            for part in torch.split(ids.to(self.device), QUERIES_AT_ONCE):
                owner = torch.zeros(len(part), dtype=torch.int64, device=self.device)
                answer = self.model.answer(seen, part, owner)
                scores = answer.trimap_logits.softmax(1)[:, FOREGROUND].flatten(1).amax(1)
                classes = answer.trimap_logits.argmax(1).float()
                for small_alpha, small_classes, score in zip(answer.alpha, classes, scores.tolist(), strict=True):
                    alpha = F.interpolate(small_alpha[None], size=size, mode="bilinear", align_corners=False)
                    trimap = F.interpolate(small_classes[None, None], size=size, mode="nearest-exact")
                    mattes.append(
                        Matte(
                            image=pixels,
                            alpha=alpha[0, 0].clamp(0.0, 1.0).float().cpu().numpy(),
                            phrase=texts[len(mattes)],
                            score=float(score),
                            trimap=TRIMAP_LEVELS[trimap[0, 0].to(torch.uint8).cpu().numpy()],
                        )
                    )
        return mattes


def save_picture(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write (H, W), (H, W, 3) or (H, W, 4) uint8; the format is the suffix's.

    Raises:
        UsageError: a suffix that no picture format has.
        BadInputError: the format cannot hold these channels.
        DiskError: writing failed.
    """
    from PIL import Image

    kind = Image.registered_extensions().get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"{path} has no suffix of a picture: end it with .png")
    buffer = io.BytesIO()
    try:
        Image.fromarray(pixels).save(buffer, format=kind)
    except (OSError, KeyError) as error:
        raise BadInputError(f"{path}: {kind} cannot hold this picture ({error}): end it with .png") from error
    write_bytes(path, buffer.getvalue())


def photo_pixels(image: NDArray[np.uint8] | str | Path) -> NDArray[np.uint8]:
    """The pixels of a file, or the array itself when it is uint8 (H, W, 3).

    Raises:
        BadInputError: a file that is no picture.
        UsageError: an array of another shape or type.
    """
    if isinstance(image, str | Path):
        from clipmat.prediction.photos import load_photo

        return load_photo(Path(image))
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise UsageError(f"an image is uint8 (H, W, 3) RGB, got {image.dtype} {image.shape}")
    return image


def cover(picture: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """uint8 (h, w, 3) scaled to cover ``shape`` = (H, W), its middle: (H, W, 3)."""
    import cv2

    height, width = shape
    scale = max(height / picture.shape[0], width / picture.shape[1])
    h, w = max(height, round(picture.shape[0] * scale)), max(width, round(picture.shape[1] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = np.asarray(cv2.resize(picture, (w, h), interpolation=way), np.uint8)
    top, left = (h - height) // 2, (w - width) // 2
    return scaled[top : top + height, left : left + width]
