"""Reads weights from a file without running anything that the file says, and checks that they fit the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.labellers.base import Weights
from refmatte_engine.labellers.torchscript import is_torchscript, read_torchscript

if TYPE_CHECKING:
    import torch

SHOWN = 3
"""Keys that a message names."""

PICKLE = (
    "{path} is a pickle, which can run any program when it is opened, so it is refused. Convert it once with "
    "the detectron2 that you trust:\n"
    '  python -c "import torch; from detectron2 import model_zoo; torch.save(model_zoo.get('
    "'COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml', trained=True).state_dict(), '{target}')\"\n"
    "(it needs setuptools<82; it downloads model_final_f10217.pkl when detectron2 does not have it yet)"
)


INSTALL_DETECTRON2 = (
    "--detector detectron2 needs detectron2, which is missing. It is not on the package index; build it beside "
    "the PyTorch that is installed:\n"
    "  pip install 'setuptools<82' wheel\n"
    "  FORCE_CUDA=0 pip install --no-build-isolation 'git+https://github.com/facebookresearch/detectron2'\n"
    "or use --detector torchvision, the same network with other weights"
)


def check_runs(device: str, *packages: str) -> None:
    """See that a model can run, without importing anything: a run in which all is remembered stays light.

    Raises:
        UsageError: one of ``packages`` is not installed, or ``device`` is no device.
    """
    for name in packages:
        if find_spec(name) is None:
            raise UsageError(
                INSTALL_DETECTRON2
                if name == "detectron2"
                else f"this model needs {name}, which is missing: pip install 'refmatte-engine[detect]'"
            )
    if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise UsageError(f"--device {device}: write cpu, cuda or cuda:1")


def open_device(name: str) -> torch.device:
    """The device of that name.

    Raises:
        UsageError: it is not there.
    """
    import torch

    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UsageError(
            f"--device {name}: PyTorch sees {torch.cuda.device_count()} GPUs here; --device cpu always works"
        )
    return device


def read_state_dict(weights: Weights) -> dict[str, torch.Tensor]:
    """The tensors of a ``.safetensors``, ``.pth`` or ``.pt`` file by name, on the CPU.

    Raises:
        BadInputError: a pickle, a file that is damaged, or one that holds anything but tensors.
    """
    import torch

    path = weights.path
    if path.suffix == ".pkl":
        raise BadInputError(PICKLE.format(path=path, target=path.with_name(f"{weights.name}.pth")))
    if is_torchscript(weights):
        return read_torchscript(weights)
    loaded: object
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            loaded = load_file(path)
        else:
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the readers raise what they like: RuntimeError, UnpicklingError, EOFError, ...
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BadInputError(f"{path} cannot be read as weights ({first}): copy or fetch it again") from error
    inner = loaded.get("state_dict") if isinstance(loaded, Mapping) else None
    if isinstance(inner, Mapping):  # open_clip's checkpoints
        loaded = {str(name).removeprefix("module."): value for name, value in inner.items()}
    if not isinstance(loaded, Mapping) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise BadInputError(f"{path} holds no state dict (names and tensors): save model.state_dict()")
    return dict(loaded)


def fill(model: torch.nn.Module, weights: Weights, *, ignore: tuple[str, ...] = ()) -> None:
    """Load ``weights`` into ``model``, all of them and nothing else.

    Args:
        ignore: parts of names that other versions of the same model store and this one computes.

    Raises:
        BadInputError: a name is missing or unknown, or a shape differs; some are named.
    """
    found = read_state_dict(weights)
    wanted = model.state_dict()
    found = {name: value for name, value in found.items() if name in wanted or not any(i in name for i in ignore)}
    problems = []
    if missing := sorted(wanted.keys() - found.keys()):
        problems.append(f"lacks {_some(missing)}")
    if unknown := sorted(found.keys() - wanted.keys()):
        problems.append(f"has {_some(unknown)}, which the model does not know")
    if other := sorted(name for name in wanted.keys() & found.keys() if wanted[name].shape != found[name].shape):
        name = other[0]
        shapes = f"{list(found[name].shape)}, not {list(wanted[name].shape)}"
        problems.append(f"has {_some(other)} of another shape ({name}: {shapes})")
    if problems:
        raise BadInputError(f"{weights.path} holds weights of another model: it {'; it '.join(problems)}")
    model.load_state_dict(found)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
