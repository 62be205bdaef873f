"""The fused image branch against the plain one, in double precision, values and gradients."""

import pytest
import torch
import torch.nn.functional as F

from clipmat.model.mde import DetailsExtractor, pooled_projection


@pytest.mark.parametrize("pool", [2, 4, 16])
@pytest.mark.parametrize("channels", [5, 40])  # below and above one chunk
def test_pooled_projection_is_convolution_and_max_pool(pool, channels):
    torch.manual_seed(pool)
    image = torch.rand(2, 3, 32, 32, dtype=torch.float64)
    weight = torch.randn(channels, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(channels, dtype=torch.float64, requires_grad=True)
    slope = torch.randn(2, channels, 32 // pool, 32 // pool, dtype=torch.float64)
    plain = F.max_pool2d(F.conv2d(image, weight[:, :, None, None], bias), pool)
    fused = pooled_projection(image, weight, bias, pool)
    torch.testing.assert_close(fused, plain, rtol=1e-13, atol=1e-13)
    expected = torch.autograd.grad((plain * slope).sum(), (weight, bias))
    found = torch.autograd.grad((fused * slope).sum(), (weight, bias))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_pooled_projection_passes_gradcheck():
    torch.manual_seed(0)
    image = torch.rand(1, 3, 8, 8, dtype=torch.float64)
    weight = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda w, b: pooled_projection(image, w, b, 4), (weight, bias), eps=1e-7)


def test_a_whole_level_gives_the_same_fused():
    torch.manual_seed(0)
    plain = DetailsExtractor(12, 5, upsample=2, pool=8, norm="batch", fused=False).double()
    fused = DetailsExtractor(12, 5, upsample=2, pool=8, norm="batch", fused=True).double()
    fused.load_state_dict(plain.state_dict())
    visual, image = torch.randn(2, 12, 4, 4, dtype=torch.float64), torch.rand(2, 3, 64, 64, dtype=torch.float64)
    of_plain, of_fused = plain(visual, image), fused(visual, image)
    assert of_plain.shape == (2, 5, 8, 8)
    torch.testing.assert_close(of_fused, of_plain, rtol=1e-12, atol=1e-12)
    of_plain.square().sum().backward()
    of_fused.square().sum().backward()
    for one, other in zip(plain.parameters(), fused.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-10, atol=1e-10)
