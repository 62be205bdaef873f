"""`train_clipseg`: datasets and a configuration in, a run of CLIPSeg out, whose model folder is transformers'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor

from clipmat.baselines.baseline import BaselinePredictor
from clipmat.baselines.clipseg import CLIPSEG, VOCABULARY, ClipSeg, Normalise, clipseg_prompter, load_clipseg
from clipmat.baselines.clipseg_config import ClipsegTrainConfig
from clipmat.data.augment import prepare
from clipmat.data.batches import Batch, Batches, batches
from clipmat.data.scenes import Source, TrainingSet
from clipmat.model.folder import WEIGHTS, Origin, card_facts, checkpoints
from clipmat.randomness import address, torch_generator_for
from clipmat.training.loop import Trained, open_run, run_learner, speaker
from clipmat.training.optim import grouped
from clipmat.training.train import open_pictures, open_splits
from clipmat.training.validation import validate
from clipmat.transformers_models import import_transformers

if TYPE_CHECKING:
    from clipmat.baselines.clipseg_net import ClipSegNet

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""The published CLIPSeg's, which are not CLIP's."""
TEXT_LENGTH: Final = 77
START, END = 49406, 49407
"""CLIP's marks around a text."""


def train_clipseg(
    data: Sequence[Source],
    config: ClipsegTrainConfig,
    out: Path,
    *,
    resume: bool = False,
    cache: Path | None = None,
    device: str | None = None,
    quiet: bool = False,
) -> Trained:
    """Train CLIPSeg as `clipmat.training.train.train` trains CLIPMat; arguments and errors are the same."""
    accelerator = open_run(config, out, resume, device)
    splits = open_splits(data, config, config.setting)
    torch.manual_seed(address(config.seed, "weights"))
    if resume:
        # The architecture is the checkpoint's; its weights are loaded with the rest of the run's state.
        network = load_clipseg(str(checkpoints(out)[-1])).network
    elif config.pretrained is not None:
        network = load_clipseg(config.pretrained).network
    else:
        network = build_clipseg(config)
    network.config.clipmat_setting = config.setting
    say = speaker(accelerator.is_main_process and not quiet)
    with accelerator.main_process_first():
        sets = open_pictures(splits, config.setting, config.image_size, cache, say)
    source = Batches(
        sets,
        clipseg_prompter(network.config, config.setting),
        seed=config.seed,
        batch_size=config.batch_size,
        queries=config.queries,
        flip=config.augment.flip,
        rank=accelerator.process_index,
        world=accelerator.num_processes,
    )
    return run_learner(
        _ClipsegLearner(config, network, sets, source), accelerator, out, resume=resume, quiet=quiet
    )


def build_clipseg(config: ClipsegTrainConfig) -> ClipSegNet:
    """A network with random weights.

    Raises:
        MissingExtraError: transformers is not installed.
    """
    transformers: Any = import_transformers(CLIPSEG.extra, CLIPSEG.name)
    from clipmat.baselines.clipseg_net import ClipSegNet

    sizes = config.model
    network = ClipSegNet(
        transformers.CLIPSegConfig(
            vision_config={
                "image_size": config.image_size,
                "patch_size": sizes.patch,
                "hidden_size": sizes.width,
                "intermediate_size": 4 * sizes.width,
                "num_hidden_layers": sizes.layers,
                "num_attention_heads": sizes.heads,
            },
            text_config={
                "vocab_size": VOCABULARY,
                "max_position_embeddings": TEXT_LENGTH,
                "hidden_size": sizes.text_width,
                "intermediate_size": 4 * sizes.text_width,
                "num_hidden_layers": sizes.text_layers,
                "num_attention_heads": sizes.text_heads,
                "bos_token_id": START,
                "eos_token_id": END,
            },
            projection_dim=sizes.projection,
            extract_layers=list(sizes.taps),
            reduce_dim=sizes.reduced,
            decoder_num_attention_heads=sizes.decoder_heads,
            decoder_intermediate_size=sizes.decoder_mlp,
            use_complex_transposed_convolution=True,
        )
    )
    # transformers draws the decoder's weights from N(0, 1), and logits start in the hundreds; the authors' code
    # leaves them at torch's own defaults.
    for module in network.decoder.modules():
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            module.reset_parameters()
    return network


@dataclass(frozen=True, slots=True)
class ClipsegLosses:
    """The one term of CLIPSeg's loss."""

    total: Tensor

    def named(self) -> dict[str, Tensor]:
        """Name -> detached scalar."""
        return {"total": self.total.detach()}


def clipseg_loss(logits: Tensor, alpha: Tensor) -> Tensor:
    """Mean binary cross-entropy of a sigmoid with a soft truth; both (Q, 1, S, S)."""
    return F.binary_cross_entropy_with_logits(logits.float(), alpha)


class _ClipsegLearner:
    """CLIPSeg as the loop trains it."""

    def __init__(
        self,
        config: ClipsegTrainConfig,
        network: ClipSegNet,
        sets: list[tuple[TrainingSet, float]],
        source: Batches,
    ) -> None:
        self.config, self.model = config, network
        self._held_out = [scene for one, _ in sets for scene in one.held_out]
        self._source = source
        self._processor = clipseg_processor(config.image_size)
        self._normalise = Normalise.of(self._processor)
        self.data = tuple((one.fingerprint, weight) for one, weight in sets)
        self.licenses = tuple(one.license for one, _ in sets)
        self.steps_per_epoch = source.steps_per_epoch
        self.pairs_per_image = config.queries
        self.lowers_memory = f"queries ({config.queries}) or image_size ({config.image_size})"
        self.lowers_rates = f"--set lr=..., now {config.lr:g}"

    def groups(self) -> list[dict[str, object]]:
        clip = self.config.lr if self.config.trained == "all" else 0.0
        rates = {"clip": clip, "decoder": self.config.lr, "unread": 0.0}
        return grouped(self.model, self.model.part_of, rates, self.config.weight_decay)

    def flops_per_image(self) -> float:
        from torch.utils.flop_counter import FlopCounterMode

        device, queries = self.model.device, self.config.queries
        images = torch.zeros(1, 3, self.config.image_size, self.config.image_size, device=device)
        ids = torch.full((queries, TEXT_LENGTH), END, device=device)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            self.model(images, ids, torch.zeros(queries, dtype=torch.int64, device=device))
        # Forward and backward; a frozen CLIP needs no backward, so that this is an upper bound then.
        return 3.0 * float(counter.get_total_flops())

    def batches(self, first: int, last: int, pin: bool) -> Iterator[Batch]:
        return batches(self._source, first, last, self.config.workers, pin)

    def losses(
        self, model: torch.nn.Module, batch: Batch, step: int, device: torch.device, rank: int
    ) -> ClipsegLosses:
        generator = torch_generator_for(device, self.config.seed, "augment", step, rank)
        ready = prepare(batch, self.config.augment, generator)
        alpha = ready.alpha if ready.matte is None else ready.alpha[ready.matte]
        return ClipsegLosses(clipseg_loss(model(self._normalise(ready.images), ready.ids, ready.owner), alpha))

    def reached_all(self, steps: int) -> bool:
        return True

    def validate(self, model: Any, pictures: Path) -> dict[str, float]:
        if not self._held_out:
            return {}
        baseline = ClipSeg(model, self._processor, model.device)
        return validate(BaselinePredictor(baseline), self._held_out, pictures)

    def write(self, folder: Path, state: dict[str, Tensor], origin: Origin) -> None:
        from safetensors.torch import save_file

        self.model.config.save_pretrained(folder)
        self._processor.save_pretrained(folder)
        tensors = {name: value.detach().cpu().contiguous() for name, value in state.items()}
        save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
        (folder / "README.md").write_text(_CARD.format(steps=origin.steps, facts=card_facts(origin)))


def clipseg_processor(size: int) -> Any:
    """transformers' processor for images of a size, normalised as the published CLIPSeg's are."""
    transformers: Any = import_transformers(CLIPSEG.extra, CLIPSEG.name)
    return transformers.ViTImageProcessor(
        size={"height": size, "width": size}, image_mean=list(MEAN), image_std=list(STD)
    )


_CARD = """---
library_name: transformers
pipeline_tag: image-segmentation
tags: [clipseg, referring-image-matting]
---
# CLIPSeg, trained on referring mattes

`clipmat predict photo.jpg "the red cup" -o matte.png --model clipseg=THIS FOLDER`. The tokenizer is CLIP's.

{steps} training steps.
{facts}"""
