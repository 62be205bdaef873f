"""CLIP weights of other patch sizes and grids; files that must not be opened, or do not fit."""

import json
from types import SimpleNamespace

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from clipmat.config import ModelConfig, preset
from clipmat.errors import UsageError, WeightsError
from clipmat.model.clipmat import build_model
from clipmat.model.pretrained import load_clip_weights, resample_image_weights

CONFIG = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 56, "layers": 4, "width": 32, "head_width": 16, "patch_size": 14},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


@pytest.fixture(scope="module")
def clip14(tmp_path_factory):
    """A CLIP with patches of 14 and a grid of 4 x 4, known to open_clip as clip14, and its weights."""
    folder = tmp_path_factory.mktemp("clip14")
    (folder / "clip14.json").write_text(json.dumps(CONFIG))
    open_clip.add_model_config(folder / "clip14.json")
    torch.manual_seed(0)
    return open_clip.create_model("clip14").state_dict()


def model(image_size=64):
    config = preset("tiny", changes={"model": {"backbone": "clip14", "image_size": image_size}}).model
    return build_model(config)


def test_patches_of_14_become_16_and_a_constant_stays_constant(clip14, tmp_path):
    state = dict(clip14)
    state["visual.conv1.weight"] = torch.full_like(state["visual.conv1.weight"], 0.25)
    state["visual.positional_embedding"] = torch.full_like(state["visual.positional_embedding"], 0.5)
    save_file(state, tmp_path / "w.safetensors")
    ours = model(96)  # grid 6 x 6
    load_clip_weights(ours, str(tmp_path / "w.safetensors"))
    visual = ours.image_encoder.visual
    assert visual.conv1.weight.shape[2:] == (16, 16) and visual.positional_embedding.shape[0] == 37
    torch.testing.assert_close(visual.positional_embedding, torch.full((37, 32), 0.5), rtol=1e-4, atol=1e-4)
    # The pseudo-inverse keeps what a patch of one colour gives.
    grey = ours.image_encoder.visual.conv1(torch.ones(1, 3, 96, 96))
    torch.testing.assert_close(grey, torch.full_like(grey, 3 * 14 * 14 * 0.25), rtol=1e-3, atol=1e-3)


def test_text_weights_arrive_and_a_pt_file_is_read_safely(clip14, tmp_path):
    torch.save({"state_dict": {f"module.{name}": value for name, value in clip14.items()}}, tmp_path / "w.pt")
    ours = model()
    load_clip_weights(ours, str(tmp_path / "w.pt"))
    torch.testing.assert_close(ours.text_encoder.token_embedding.weight, clip14["token_embedding.weight"])
    torch.testing.assert_close(
        ours.image_encoder.visual.transformer.resblocks[3].mlp.c_fc.weight,
        clip14["visual.transformer.resblocks.3.mlp.c_fc.weight"],
    )


def test_openais_own_state_dict_arrives(clip14, tmp_path):
    """Half precision, with the three numbers and the pooled parts that this model has no use for."""
    state = {name: value.half() for name, value in clip14.items()}
    state |= {name: torch.tensor(77) for name in ("input_resolution", "context_length", "vocab_size")}
    assert {"visual.proj", "text_projection", "logit_scale"} <= state.keys()
    for name in ("openai.pt", "openai.safetensors"):
        (torch.save if name.endswith(".pt") else save_file)(state, tmp_path / name)
        ours = model()
        load_clip_weights(ours, str(tmp_path / name))
        found = ours.image_encoder.visual.transformer.resblocks[0].attn.in_proj_weight
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, state["visual.transformer.resblocks.0.attn.in_proj_weight"].float())


def test_openais_own_archive_holds_code_and_is_refused(tmp_path):
    torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)).save(tmp_path / "ViT-B-16.pt")
    with pytest.raises(WeightsError, match=r"TorchScript.*--pretrained openai"):
        load_clip_weights(model(), str(tmp_path / "ViT-B-16.pt"))


class Evil:
    def __reduce__(self):
        return (print, ("this must not run",))


def test_a_pickle_that_runs_code_is_refused(clip14, tmp_path, capsys):
    torch.save({"state_dict": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(WeightsError, match="could run code"):
        load_clip_weights(model(), str(tmp_path / "evil.pt"))
    assert "must not run" not in capsys.readouterr().out


def test_weights_that_do_not_fit_say_which(clip14, tmp_path):
    state = {name: value for name, value in clip14.items() if "ln_final" not in name}
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"another architecture \(missing: text_encoder.ln_final.bias"):
        load_clip_weights(model(), str(tmp_path / "w.safetensors"))
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="damaged"):
        load_clip_weights(model(), str(tmp_path / "broken.safetensors"))
    with pytest.raises(WeightsError, match="no weights"):
        load_clip_weights(model(), str(tmp_path / "absent.safetensors"))


def test_an_unknown_tag_names_the_nearest():
    with torch.device("meta"):
        ours = build_model(ModelConfig())
    with pytest.raises(UsageError, match="it has openai"):
        load_clip_weights(ours, "openia")


@pytest.mark.parametrize("prefix", [0, 1])
def test_positions_of_a_timm_network_are_resampled(prefix):
    trunk = SimpleNamespace(
        patch_embed=SimpleNamespace(grid_size=(8, 8)), no_embed_class=False, num_prefix_tokens=prefix
    )
    model = SimpleNamespace(image_encoder=SimpleNamespace(visual=SimpleNamespace(trunk=trunk)))
    name = "image_encoder.visual.trunk.pos_embed"
    state = {name: torch.full((1, 16 + prefix, 4), 0.5)}
    resample_image_weights(state, model)
    assert state[name].shape == (1, 64 + prefix, 4)
    torch.testing.assert_close(state[name], torch.full((1, 64 + prefix, 4), 0.5))
