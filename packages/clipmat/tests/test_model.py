"""Shapes, sizes and properties of the whole model (the reference numbers are of the specification)."""

import pytest
import torch

from clipmat.config import ModelConfig, preset
from clipmat.errors import UsageError
from clipmat.model.clipmat import build_model, vit_b16, vit_l16


def millions(module):
    return sum(parameter.numel() for parameter in module.parameters()) / 1e6


def tiny(**changes):
    torch.manual_seed(0)
    return build_model(preset("tiny", changes={"model": changes}).model)


@pytest.mark.parametrize(
    ("config", "total", "image", "text", "mde"),
    [(vit_b16(), 167.4, 86.4, 63.2, 11.1), (vit_l16(), 449.4, 304.2, 123.1, 15.4)],
)
def test_parameters_of_the_published_sizes(config, total, image, text, mde):
    with torch.device("meta"):
        model = build_model(config)
    assert millions(model) == pytest.approx(total, abs=0.06)
    assert millions(model.image_encoder) == pytest.approx(image, abs=0.06)
    assert millions(model.text_encoder) == pytest.approx(text, abs=0.06)
    assert millions(model.extractors) == pytest.approx(mde, abs=0.06)
    assert millions(model.details_decoder) == pytest.approx(5.3, abs=0.06)


@pytest.mark.parametrize(("setting", "length"), [("keyword", 22), ("expression", 77)])
def test_reference_shapes_of_vit_b16(setting, length):
    shapes = {}

    def note(name):
        def hook(module, inputs, output):
            shapes[name] = tuple(output.shape)

        return hook

    with torch.device("meta"):
        model = build_model(vit_b16(setting)).eval()
        named = {
            "text": model.text_encoder,
            "tsp": model.tsp,
            "d2": model.semantic_decoder.d2,
            "trimap": model.semantic_decoder.d0,
            **{f"F{4 - i}": part for i, part in enumerate(model.extractors)},
            **{f"D{4 - i}": part for i, part in enumerate(model.details_decoder.blocks)},
            "alpha": model.details_decoder.d0,
        }
        for name, part in named.items():
            part.register_forward_hook(note(name))
        with torch.no_grad():
            seen = model.look(torch.empty(1, 3, 512, 512))
            assert seen.visual.tokens.shape == (1, 1025, 768)
            answer = model.answer(seen, torch.zeros(1, length - 8, dtype=torch.int64))
    assert shapes == {
        "text": (1, length, 512),
        "tsp": (1, 64, 32, 32),
        "d2": (1, 32, 32, 32),
        "trimap": (1, 3, 512, 512),
        "F4": (1, 768, 32, 32),
        "F3": (1, 384, 64, 64),
        "F2": (1, 192, 128, 128),
        "F1": (1, 96, 256, 256),
        # Before their upsampling: the sizes after it are those of F3, F2, F1 and the image.
        "D4": (1, 384, 32, 32),
        "D3": (1, 192, 64, 64),
        "D2": (1, 96, 128, 128),
        "D1": (1, 32, 256, 256),
        "alpha": (1, 1, 512, 512),
    }
    assert answer.alpha.shape == (1, 1, 512, 512)


def test_layers_behind_the_maps():
    with torch.device("meta"):
        assert build_model(vit_b16()).image_encoder.indices == [2, 5, 8, 11]
        assert build_model(vit_l16()).image_encoder.indices == [5, 11, 17, 23]


def test_one_pass_of_an_image_serves_many_texts():
    model = tiny().eval()
    images, ids = torch.rand(2, 3, 64, 64), torch.randint(1, 400, (5, 69))
    owner = torch.tensor([0, 1, 1, 0, 1])
    together = model(images, ids, owner)
    for i in range(5):
        alone = model(images[owner[i]][None], ids[i][None])
        torch.testing.assert_close(together.trimap_logits[i], alone.trimap_logits[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(together.details[i], alone.details[0], rtol=1e-4, atol=1e-4)


def test_the_learnable_context_cannot_change_a_token_of_the_text_but_reads_it():
    model = tiny().eval()
    ids = torch.randint(1, 400, (2, 20))
    context = torch.randn(8, model.text_encoder.width)
    without, with_context = model.text_encoder(ids), model.text_encoder(ids, context)
    torch.testing.assert_close(with_context[:, :20], without, rtol=1e-5, atol=1e-5)
    assert not torch.allclose(with_context[0, 20:], with_context[1, 20:], atol=1e-3)


def test_padding_is_not_attended_when_masked():
    model = tiny(mask_padding=True, post_context=0).eval()
    ids = torch.zeros(1, 69, dtype=torch.int64)
    ids[0, :5] = torch.tensor([49406, 320, 736, 2368, 49407])
    images = torch.rand(1, 3, 64, 64)
    longer = torch.cat([ids[:, :40]], dim=1)
    torch.testing.assert_close(
        model(images, ids).trimap_logits, model(images, longer).trimap_logits, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"tsp": False},
        {"mde": False},
        {"post_context": 0},
        {"tsp": False, "mde": False, "post_context": 0, "pre_context": False},
        {"tsp_mlp": 0},
        {"cross_residual": False},
        {"mask_padding": True},
        {"fusion": "soft"},
        {"norm": "group"},
        {"fused_mde": True},
        {"mde4_residual": True, "details_channels": (64, 24, 16, 12, 8)},
    ],
    ids=str,
)
def test_every_switch_trains_all_its_weights(changes):
    model = tiny(**changes).train()
    ids = torch.randint(1, 400, (4, 69))
    answer = model(torch.rand(2, 3, 64, 64), ids, torch.tensor([0, 0, 1, 1]))
    assert answer.alpha.min() >= 0 and answer.alpha.max() <= 1
    (answer.trimap_logits.square().mean() + answer.details.mean()).backward()
    idle = [name for name, parameter in model.named_parameters() if parameter.grad is None]
    assert not idle


def test_an_answer_depends_on_its_text_and_its_image():
    for changes in ({}, {"tsp": False, "tsp_init": "xavier"}):
        model = tiny(**changes).eval()
        images, ids = torch.rand(2, 3, 64, 64), torch.randint(1, 400, (2, 69))
        by_text = model(images[:1], ids, torch.tensor([0, 0])).trimap_logits
        by_image = model(images, ids[:1].expand(2, -1)).trimap_logits
        assert not torch.allclose(by_text[0], by_text[1])
        assert not torch.allclose(by_image[0], by_image[1])


def test_a_siglip_backbone_has_no_class_token_and_another_tokenizer_length():
    with torch.device("meta"):
        model = build_model(ModelConfig(backbone="ViT-B-16-SigLIP2-512")).eval()
        with torch.no_grad():
            seen = model.look(torch.empty(1, 3, 512, 512))
            answer = model.answer(seen, torch.zeros(1, 56, dtype=torch.int64))
    assert seen.visual.n_prefix == 0 and seen.visual.tokens.shape == (1, 1024, 768)
    assert answer.alpha.shape == (1, 1, 512, 512)


def test_what_does_not_fit_is_said():
    with pytest.raises(UsageError, match=r"near: .*ViT-B-16"):
        build_model(ModelConfig(backbone="ViT-B16"))
    with pytest.raises(UsageError, match="plain ViT"):
        build_model(ModelConfig(backbone="RN50"))
    with pytest.raises(UsageError, match="77 positions"):
        build_model(preset("tiny", changes={"model": {"text_length": 76}}).model)
    with pytest.raises(UsageError, match="mde4_residual"):
        build_model(preset("tiny", changes={"model": {"mde4_residual": True}}).model)
