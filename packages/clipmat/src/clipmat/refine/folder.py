"""A refiner as a folder: ``config.json``, ``model.safetensors``, ``README.md``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from clipmat.errors import BadInputError
from clipmat.model.folder import CONFIG, FORMAT, WEIGHTS, Origin, card_facts, first_line, load_weights, resolve
from clipmat.refine.config import RefinerConfig

if TYPE_CHECKING:
    from torch import Tensor

    from clipmat.refine.p3m import P3MNet


def write_refiner_files(folder: Path, config: RefinerConfig, state: dict[str, Tensor], origin: Origin) -> None:
    """The files of a refiner, into an existing folder."""
    from safetensors.torch import save_file

    from clipmat import __version__

    said = {"format": FORMAT, "clipmat": __version__, "refiner": config.model_dump(mode="json")}
    save_file({name: value.detach().cpu().contiguous() for name, value in state.items()}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(said, indent=1) + "\n")
    (folder / "README.md").write_text(_CARD.format(steps=origin.steps, facts=card_facts(origin)))


def load_p3m(where: str | Path) -> P3MNet:
    """The refiner of a folder, a run of ``clipmat train-refiner``, or ``hf:owner/name``, in evaluation mode.

    Raises:
        BadInputError: nothing there, or no refiner.
        WeightsError: the weights are damaged or of another architecture.
    """
    from clipmat.refine.p3m import build_p3m

    folder = resolve(where)
    net = build_p3m(read_refiner_config(folder))
    load_weights(net, folder / WEIGHTS)
    return net.eval()


def read_refiner_config(folder: Path) -> RefinerConfig:
    """The configuration of a refiner's folder.

    Raises:
        BadInputError: not a refiner of this format.
    """
    path = folder / CONFIG
    try:
        said = json.loads(path.read_text())
        if "refiner" not in said:
            raise BadInputError(f"{folder} is no refiner: give a folder or run of `clipmat train-refiner`")
        if said["format"] != FORMAT:
            raise BadInputError(
                f"{path} has format {said['format']}, this clipmat reads {FORMAT}: use another version"
            )
        return RefinerConfig.model_validate(said["refiner"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise BadInputError(f"{path} is no configuration of a refiner ({first_line(error)})") from error


_CARD = """---
library_name: clipmat
pipeline_tag: image-segmentation
tags: [image-matting, referring-image-matting]
---
# P3M-style refiner of coarse mattes

Photo and coarse alpha in, sharp alpha at the photo's own size out.

```python
from clipmat import Matter
from clipmat.refine.coarse_map import CoarseMapRefiner

matter = Matter.from_pretrained("MODEL").refined(CoarseMapRefiner.from_pretrained("THIS FOLDER"))
matter.predict("photo.jpg", "the woman in the red coat").save("matte.png")
```

{steps} training steps.
{facts}"""
