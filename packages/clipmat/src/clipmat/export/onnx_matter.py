"""`OnnxMatter`: an exported model, run by onnxruntime and numpy alone. Torch is never imported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np

from clipmat.errors import BadInputError, EmptyPhraseError, MissingExtraError
from clipmat.export.vocabulary import ClipTokenizer
from clipmat.prediction.matter import QUERIES_AT_ONCE, Matte, photo_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFIG, TOKENIZER = "export.json", "tokenizer.json"
FORMAT: Final = 1
FOREGROUND: Final = 2
"""Channel of the trimap."""


class OnnxMatter:
    """Mattes phrases on photos; `predict` as `clipmat.Matter` has it.

    >>> matter = OnnxMatter("exported")  # doctest: +SKIP
    >>> matter.predict("photo.jpg", "the red cup").save("matte.png")  # doctest: +SKIP
    """

    def __init__(self, folder: str | Path, *, threads: int = 0) -> None:
        """Open a folder of `clipmat export`.

        Args:
            folder: with export.json, tokenizer.json, image.onnx, text.onnx.
            threads: of onnxruntime; 0: as many as there are cores.

        Raises:
            BadInputError: no such folder, or damaged.
            MissingExtraError: onnxruntime is not installed.
        """
        where = Path(folder)
        try:
            said = json.loads((where / CONFIG).read_text())
            if said["format"] != FORMAT:
                raise BadInputError(
                    f"{where} has format {said['format']}, this clipmat reads {FORMAT}: export it again"
                )
            self.image_size, self.template = int(said["image_size"]), str(said["template"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInputError(f"{where} is no folder of `clipmat export` ({error})") from error
        self.tokenizer = ClipTokenizer(where / TOKENIZER)
        self._image, self._text = (open_graph(where / f"{name}.onnx", threads) for name in ("image", "text"))

    @overload
    def predict(self, image: NDArray[np.uint8] | str | Path, phrases: str) -> Matte: ...  # type: ignore[overload-overlap]  # a str is a Sequence[str] too
    @overload
    def predict(self, image: NDArray[np.uint8] | str | Path, phrases: Sequence[str]) -> list[Matte]: ...
    def predict(self, image: NDArray[np.uint8] | str | Path, phrases: str | Sequence[str]) -> Matte | list[Matte]:
        """The mattes of one or several phrases; the image is looked at once.

        Args:
            image: uint8 (H, W, 3) RGB, or a file.
            phrases: a text or several.

        Raises:
            BadInputError: a file that is no picture, an empty phrase.
            UsageError: an array of another shape or type.
        """
        from clipmat.data.shards import resized_image

        texts = [phrases] if isinstance(phrases, str) else list(phrases)
        if any(not text.strip() for text in texts):
            raise EmptyPhraseError
        pixels = photo_pixels(image)
        small = resized_image(pixels, self.image_size).transpose(2, 0, 1)[None].astype(np.float32) / 255.0
        tokens, details = self._image.run(["tokens", "details"], {"images": small})
        mattes = []
        for first in range(0, len(texts), QUERIES_AT_ONCE):
            part = texts[first : first + QUERIES_AT_ONCE]
            ids = self.tokenizer([self.template.format(text) for text in part])
            asked = {"ids": ids, "owner": np.zeros(len(part), np.int64), "tokens": tokens, "details": details}
            alphas, trimaps = self._text.run(["alpha", "trimap"], asked)
            mattes += [
                Matte(pixels, _enlarged(alpha[0], pixels.shape), text, float(trimap[FOREGROUND].max()))
                for text, alpha, trimap in zip(part, alphas, trimaps, strict=True)
            ]
        return mattes[0] if isinstance(phrases, str) else mattes

    def tokens_read(self, phrase: str) -> int | None:
        """How many tokens of a phrase are read when it is too long, else None."""
        with_marks = len(self.tokenizer.encode(self.template.format(phrase))) + 2
        return self.tokenizer.length if with_marks > self.tokenizer.length else None


def open_graph(path: Path, threads: int = 0) -> Any:
    """An onnxruntime session on the CPU.

    Raises:
        BadInputError: missing or damaged file.
        MissingExtraError: onnxruntime is not installed.
    """
    try:
        import onnxruntime  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError(
            f"running an exported model needs onnxruntime ({error}): pip install 'clipmat[export]'"
        ) from error
    if not path.is_file():
        raise BadInputError(f"there is no graph {path}: export the model again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no class
        raise BadInputError(f"{path} is damaged or no ONNX graph ({error}): export the model again") from error


def _enlarged(alpha: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    import cv2

    sized = cv2.resize(alpha, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.asarray(sized, np.float32), 0.0, 1.0)
