"""A model as a folder: ``config.json``, ``model.safetensors``, ``README.md``. The same on disk and on a hub.

Nothing in it is code: no pickle is ever read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from clipmat.atomic import new_folder
from clipmat.config import ModelConfig
from clipmat.errors import BadInputError, UsageError, WeightsError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from clipmat.model.clipmat import CLIPMat

CONFIG: Final = "config.json"
WEIGHTS: Final = "model.safetensors"
FORMAT: Final = 1
CHECKPOINTS: Final = "checkpoints"
EXPORT: Final = "model"
_STEP = re.compile(r"step-(\d{8})")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where weights come from, for the model card.

    Attributes:
        steps: optimizer steps done.
        datasets: fingerprints of the training data.
        data_licenses: their licences (SPDX).
        scores: of the last validation.
    """

    steps: int
    datasets: tuple[str, ...] = ()
    data_licenses: tuple[str, ...] = ()
    scores: dict[str, float] | None = None


def save_model(folder: Path, config: ModelConfig, state: dict[str, Tensor], origin: Origin) -> None:
    """Write a model folder, whole or not at all."""
    with new_folder(folder) as made:
        write_model_files(made, config, state, origin)


def write_model_files(folder: Path, config: ModelConfig, state: dict[str, Tensor], origin: Origin) -> None:
    """The files of a model, into an existing folder."""
    from safetensors.torch import save_file

    from clipmat import __version__

    said = {"format": FORMAT, "clipmat": __version__, "model": config.model_dump(mode="json")}
    save_file({name: value.detach().cpu().contiguous() for name, value in state.items()}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(said, indent=1) + "\n")
    (folder / "README.md").write_text(model_card(config, origin))


def load_model(where: str | Path) -> CLIPMat:
    """The model of a folder, a run, or ``hf:owner/name``, on the CPU, in evaluation mode.

    Raises:
        BadInputError: nothing there, or no model.
        WeightsError: the weights are damaged or of another architecture.
    """
    folder = resolve(where)
    config = read_config(folder)
    from clipmat.model.clipmat import build_model  # only now: what is not there is said at once

    model = build_model(config)
    load_weights(model, folder / WEIGHTS)
    return model.eval()


def read_config(folder: Path) -> ModelConfig:
    """The configuration of a model folder.

    Raises:
        BadInputError: not a configuration of this format.
    """
    path = folder / CONFIG
    try:
        said = json.loads(path.read_text())
        if "refiner" in said:
            raise BadInputError(f"{folder} is a refiner, not a model: use it with --refine p3m={folder}")
        if said["format"] != FORMAT:
            raise BadInputError(
                f"{path} has format {said['format']}, this clipmat reads {FORMAT}: use another version"
            )
        return ModelConfig.model_validate(said["model"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise BadInputError(f"{path} is no configuration of a clipmat model ({first_line(error)})") from error


def load_weights(model: nn.Module, path: Path) -> None:
    """Load a safetensors file into a model of the same architecture.

    Raises:
        WeightsError: missing or damaged file, or other keys or shapes; names the first of them.
    """
    state = read_safetensors(path)
    check_keys(path, {name: tuple(value.shape) for name, value in model.state_dict().items()}, state)
    model.load_state_dict(state)


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a file, on the CPU.

    Raises:
        WeightsError: missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise WeightsError(f"there are no weights {path}")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is damaged or no safetensors file ({error}): copy it again") from error


def check_keys(where: Path | str, expected: dict[str, tuple[int, ...]], found: dict[str, Tensor]) -> None:
    """WeightsError unless both have the same names and shapes."""
    missing = sorted(expected.keys() - found.keys())
    extra = sorted(found.keys() - expected.keys())
    other = sorted(name for name in expected.keys() & found.keys() if expected[name] != tuple(found[name].shape))
    if not (missing or extra or other):
        return
    parts = []
    for what, names in (("missing", missing), ("unknown", extra), ("of another shape", other)):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            parts.append(f"{what}: {', '.join(names[:3])}{more}")
    raise WeightsError(f"{where} holds weights of another architecture ({'; '.join(parts)})")


def resolve(where: str | Path) -> Path:
    """The model folder that a name means: itself, the model of a run, a hub repository (``hf:owner/name``).

    Raises:
        BadInputError: nothing there.
        UsageError: ``hf:`` without an owner and a name.
    """
    text = str(where)
    if text.startswith("hf:"):
        return _from_hub(text.removeprefix("hf:"))
    folder = Path(where)
    if not folder.exists():
        way = ""
        if re.fullmatch(r"[\w.-]+/[\w.-]+", text) and not folder.parent.is_dir():
            way = f"; for the Hugging Face hub write hf:{text}"
        raise BadInputError(f"there is no checkpoint {folder}{way}")
    for candidate in (folder, folder / EXPORT, *reversed(checkpoints(folder))):
        if (candidate / CONFIG).is_file() and (candidate / WEIGHTS).is_file():
            return candidate
    raise BadInputError(f"{folder} holds no model ({CONFIG} and {WEIGHTS}) and no checkpoint of a run")


def holds_model(folder: Path) -> bool:
    """Whether a folder or run holds a CLIPMat, and not a refiner or a baseline."""
    try:
        read_config(resolve(folder))
    except BadInputError:
        return False
    return True


def checkpoints(run: Path) -> list[Path]:
    """Complete checkpoints of a run, oldest first."""
    folder = run / CHECKPOINTS
    return sorted(path for path in folder.glob("step-*") if _STEP.fullmatch(path.name)) if folder.is_dir() else []


def checkpoint_name(step: int) -> str:
    """``step-00000100``"""
    return f"step-{step:08d}"


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    if "/" not in name:
        raise UsageError(f"hf:{name} names no repository: write hf:owner/name")
    try:
        return Path(snapshot_download(name, allow_patterns=[CONFIG, WEIGHTS, "README.md"]))
    except RepositoryNotFoundError as error:
        raise BadInputError(
            f"hf:{name}: there is no such repository, or it is private: check the name, or log in with "
            "`hf auth login`"
        ) from error
    except LocalEntryNotFoundError as error:
        raise BadInputError(
            f"hf:{name} is not in the local cache, and the hub cannot be reached or HF_HUB_OFFLINE is set: "
            "fetch it once while online"
        ) from error
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise BadInputError(f"hf:{name} cannot be fetched ({first_line(error)})") from error


def model_card(config: ModelConfig, origin: Origin) -> str:
    """README.md of a model folder, with the metadata that the hub reads."""
    return _CARD.format(
        backbone=config.backbone,
        size=config.image_size,
        setting=config.setting,
        steps=origin.steps,
        facts=card_facts(origin),
    )


def card_facts(origin: Origin) -> str:
    """What every card says of its weights: training data, licences, scores."""
    licenses = ", ".join(sorted(set(origin.data_licenses))) or "not stated"
    data = "".join(f"- `{digest}`\n" for digest in origin.datasets) or "- not stated\n"
    scores = "".join(f"| {name} | {value:.4f} |\n" for name, value in (origin.scores or {}).items())
    table = f"| measure | value |\n|---|---|\n{scores}" if scores else "Not validated.\n"
    return _FACTS.format(licenses=licenses, data=data, table=table)


def first_line(error: Exception) -> str:
    """The first line of what an error says."""
    text: Any = str(error).strip().splitlines()
    return str(text[0]) if text else type(error).__name__


_CARD = """---
library_name: clipmat
pipeline_tag: image-segmentation
tags: [image-matting, referring-image-matting, clip]
---
# CLIPMat ({backbone}, {setting})

Mattes the one thing a phrase means. Image and phrase in, soft alpha matte out.

```python
from clipmat import Matter

matter = Matter.from_pretrained("THIS FOLDER")
matte = matter.predict("photo.jpg", "the woman in the red coat")
matte.save("matte.png")
```

Backbone {backbone}, images of {size} pixels inside, phrases of the {setting} setting, {steps} training steps.
{facts}"""

_FACTS = """
## Training data

Fingerprints of the datasets:
{data}
Licences of the data: {licenses}. They may limit what these weights can be used for.

## Scores

On held-out images of the training data, by rim-eval:

{table}
"""
