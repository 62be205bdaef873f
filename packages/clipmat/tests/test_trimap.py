import cv2
import numpy as np
import pytest
import torch

from clipmat.data.trimap import odd_kernel, trimap_from_alpha


@pytest.mark.parametrize("kernel", [1, 3, 9])
def test_it_is_erosion_and_dilation(kernel):
    rng = np.random.default_rng(kernel)
    alpha = cv2.GaussianBlur(rng.normal(size=(60, 80)).astype(np.float32), (0, 0), 5)
    alpha = np.clip(0.5 + alpha / alpha.std() * 2, 0, 1)
    brick = np.ones((kernel, kernel), np.uint8)
    sure = cv2.erode((alpha >= 254 / 255).astype(np.uint8), brick)
    maybe = cv2.dilate((alpha > 1 / 255).astype(np.uint8), brick)
    expected = np.where(sure == 1, 2, np.where(maybe == 1, 1, 0))
    found = trimap_from_alpha(torch.from_numpy(alpha)[None, None], kernel)[0].numpy()
    assert set(np.unique(expected)) == {0, 1, 2}
    np.testing.assert_array_equal(found, expected)


def test_ends_that_are_lossy_count_as_ends():
    alpha = torch.tensor([[[[254 / 255, 1.0, 1 / 255, 0.0, 0.5]]]])
    assert trimap_from_alpha(alpha, 1)[0, 0].tolist() == [2, 2, 0, 0, 1]


def test_kernels_scale_with_the_image_and_are_odd():
    assert [odd_kernel(15, side) for side in (512, 256, 64)] == [15, 7, 3]
    assert all(odd_kernel(k, s) % 2 == 1 for k in range(5, 16) for s in (64, 96, 320, 512, 1024))
    with pytest.raises(ValueError, match="odd"):
        trimap_from_alpha(torch.zeros(1, 1, 4, 4), 2)
