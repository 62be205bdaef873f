"""Losses against plain references, and the fusion rule."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from clipmat.config import LossConfig
from clipmat.model.clipmat import Matting
from clipmat.model.collaboration import collaborate
from clipmat.training.losses import (
    alignment_loss,
    alpha_loss,
    alpha_loss_unknown,
    blur,
    laplacian_loss,
    matting_losses,
)


def gfm_kernel():
    """As the paper's reference builds it: the sum of two 1-D Gaussians, squared, not their product."""
    grid = np.mgrid[0:5, 0:5].T.astype(np.float64)
    kernel = (np.exp((grid - 2) ** 2 / -2.0) ** 2).sum(axis=2)
    return torch.from_numpy(kernel / kernel.sum())[None, None]


def gaussian_kernel():
    row = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=torch.float64) / 16
    return torch.outer(row, row)[None, None]


KERNELS = {"gfm": gfm_kernel, "gaussian": gaussian_kernel}


def test_the_reference_kernel_is_the_published_plus():
    kernel = gfm_kernel()[0, 0]
    found = [float(v) for v in (kernel[2, 2], kernel[0, 2], kernel[0, 0])]
    assert found == pytest.approx([0.113, 0.058, 0.002], abs=6e-4)


@pytest.mark.parametrize("kind", KERNELS)
def test_blur_is_the_kernel(kind):
    x = torch.rand(2, 1, 9, 12, dtype=torch.float64)
    expected = F.conv2d(F.pad(x, (2, 2, 2, 2), mode="replicate"), KERNELS[kind]())
    torch.testing.assert_close(blur(x, kind), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KERNELS)
def test_laplacian_is_the_difference_of_two_pyramids(kind):
    p, a = torch.rand(2, 2, 1, 64, 64, dtype=torch.float64)

    def pyramid(x):
        for _ in range(5):
            smooth = F.conv2d(F.pad(x, (2, 2, 2, 2), mode="replicate"), KERNELS[kind]())
            yield x - smooth
            x = F.avg_pool2d(smooth, 2)
        yield x

    expected = sum((u - v).abs().mean() for u, v in zip(pyramid(p), pyramid(a), strict=True))
    torch.testing.assert_close(laplacian_loss(p, a, kind), expected)
    assert laplacian_loss(a, a, kind) == 0


def test_alpha_losses_by_hand():
    p, a = torch.tensor([[[[0.0, 0.5, 1.0, 1.0]]]]), torch.tensor([[[[0.0, 0.0, 0.0, 1.0]]]])
    assert alpha_loss(p, a).item() == pytest.approx(1.5 / 4, abs=1e-5)
    unknown = torch.tensor([[[[0.0, 1.0, 1.0, 0.0]]]])
    assert alpha_loss_unknown(p, a, unknown).item() == pytest.approx(1.5 / 3, abs=1e-5)
    assert alpha_loss_unknown(p, a, torch.zeros_like(unknown)).item() == 0


def test_fusion_follows_the_most_likely_class():
    logits = torch.full((1, 3, 1, 3), -5.0)
    for place, kind in enumerate((0, 1, 2)):
        logits[0, kind, 0, place] = 5.0
    details = torch.full((1, 1, 1, 3), 0.3)
    assert collaborate(logits, details).flatten().tolist() == pytest.approx([0.0, 0.3, 1.0])
    soft = collaborate(logits, details, "soft").flatten()
    assert soft.tolist() == pytest.approx([0.0, 0.3, 1.0], abs=1e-3)


def test_hard_fusion_teaches_details_in_the_unknown_only():
    logits = torch.randn(1, 3, 8, 8, requires_grad=True)
    details = torch.rand(1, 1, 8, 8, requires_grad=True)
    collaborate(logits, details).sum().backward()
    assert logits.grad is None or not logits.grad.any()
    torch.testing.assert_close(details.grad[0, 0], (logits.argmax(1)[0] == 1).float())


def test_a_perfect_answer_costs_next_to_nothing_and_total_is_the_weighted_sum():
    alpha = torch.zeros(2, 1, 32, 32)
    alpha[..., 8:24, 8:24] = 1.0
    trimap = (alpha[:, 0] * 2).long()
    logits = F.one_hot(trimap, 3).permute(0, 3, 1, 2).float() * 50
    perfect = matting_losses(Matting(logits, alpha, collaborate(logits, alpha)), alpha, trimap, LossConfig())
    assert perfect.total.item() < 1e-4
    wrong = Matting(-logits, 1 - alpha, 1 - alpha, fits=torch.randn(2, 2, 4, 4))
    weights = LossConfig(semantic=2.0, details=0.5, fusion=0.25, alignment=0.75)
    terms = matting_losses(wrong, alpha, trimap, weights).named()
    expected = (
        2.0 * terms["semantic"]
        + 0.75 * terms["alignment"]
        + 0.5 * (terms["details_alpha"] + terms["details_laplacian"])
        + 0.25 * (terms["fusion_alpha"] + terms["fusion_laplacian"])
    )
    torch.testing.assert_close(terms["total"], expected)


def test_a_term_of_weight_0_is_0_and_leaves_the_others_as_they_are():
    answer, alpha, trimap, matte = some_answer()
    all_terms = matting_losses(answer, alpha, trimap, LossConfig(), matte).named()
    some = matting_losses(answer, alpha, trimap, LossConfig(fusion=0.0), matte).named()
    assert some["fusion_alpha"] == some["fusion_laplacian"] == 0 < all_terms["fusion_alpha"]
    assert all(some[name] == all_terms[name] for name in ("semantic", "details_alpha", "details_laplacian"))


def test_a_matte_that_several_phrases_ask_for_counts_once_in_the_details():
    answer, alpha, trimap, matte = some_answer()
    once = matting_losses(answer, alpha, trimap, LossConfig(), matte).named()
    each = matting_losses(answer, alpha[matte], trimap[matte], LossConfig()).named()
    for name in ("semantic", "fusion_alpha", "fusion_laplacian"):
        torch.testing.assert_close(once[name], each[name])
    by_hand = alpha_loss_unknown(answer.details[:2], alpha, (trimap == 1)[:, None].float())
    torch.testing.assert_close(once["details_alpha"], by_hand)


def some_answer():
    """An answer to three phrases, mattes and trimaps of two, and which phrase asks for which."""
    generator = torch.Generator().manual_seed(0)
    details = torch.rand(2, 1, 32, 32, generator=generator)[[0, 1, 1]]
    logits = torch.randn(3, 3, 32, 32, generator=generator)
    alpha = torch.rand(2, 1, 32, 32, generator=generator)
    trimap = torch.randint(0, 3, (2, 32, 32), generator=generator)
    answer = Matting(logits, details, collaborate(logits, details))
    return answer, alpha, trimap, torch.tensor([0, 1, 1])


def test_alignment_asks_which_tokens_the_matte_covers():
    alpha = torch.zeros(1, 1, 32, 32)
    alpha[..., :16, :] = 1.0
    fits = torch.tensor([[[[9.0, 9.0], [-9.0, -9.0]]]])
    assert alignment_loss(fits, alpha) < 1e-3 < 1 < alignment_loss(-fits, alpha)
    assert alignment_loss(torch.zeros(1, 1, 2, 2), alpha).item() == pytest.approx(np.log(2))


def test_alignment_wants_a_phrase_to_fit_nothing_in_other_images():
    alpha = torch.ones(3, 1, 32, 32)
    owner = torch.tensor([0, 0, 1])
    fits = torch.full((3, 2, 2, 2), -9.0)
    fits[torch.arange(3), owner] = 9.0
    assert alignment_loss(fits, alpha, owner, strangers=2.0) < 1e-3
    fits[2, 0] = 0.0  # the third phrase half fits the first image, where two phrases are at home
    assert alignment_loss(fits, alpha, owner, strangers=2.0).item() == pytest.approx(2 * np.log(2) / 3, abs=1e-3)
    assert alignment_loss(fits, alpha, owner) < 1e-3
