from __future__ import annotations

import pytest
import torch

from backend.sdedit.denoisers import EdmDenoiser, edm_scalings

from .gaussian import GaussianDenoiser

SIGMAS = torch.tensor([0.01, 0.3, 0.5, 7.0, 80.0])


def test_on_gaussian_data_of_sigma_data_the_ideal_network_is_silent():
    """The skip connection alone is then the exact denoiser (Karras et al. 2022)."""
    denoiser = EdmDenoiser(lambda x, _c_noise: torch.zeros_like(x), sigma_data=0.5)
    x = torch.linspace(-3, 3, 5 * 12).reshape(5, 3, 2, 2)

    torch.testing.assert_close(
        denoiser(x, SIGMAS), GaussianDenoiser(0.25)(x, SIGMAS.reshape(-1, 1, 1, 1))
    )


def test_the_networks_input_and_target_have_unit_variance():
    c_skip, c_out, c_in, c_noise = (c.flatten().double() for c in edm_scalings(SIGMAS, 0.5))
    sigma = SIGMAS.double()

    one = torch.ones(5, dtype=torch.float64)
    torch.testing.assert_close(c_in**2 * (0.25 + sigma**2), one, rtol=1e-5, atol=0)
    target = ((1 - c_skip) ** 2 * 0.25 + c_skip**2 * sigma**2) / c_out**2
    torch.testing.assert_close(target, one, rtol=1e-3, atol=0)
    torch.testing.assert_close(c_noise, sigma.log() / 4, rtol=1e-5, atol=0)


@pytest.mark.parametrize("sigma", [torch.tensor(0.3), torch.tensor([0.3, 0.3])])
def test_one_sigma_serves_the_whole_batch(sigma):
    seen = []

    def network(x, c_noise):
        seen.append(c_noise.shape)
        return x

    denoiser = EdmDenoiser(network, sigma_data=0.5)
    x = torch.ones(2, 3, 4, 4)

    assert torch.equal(denoiser(x, sigma), denoiser(x, torch.tensor(0.3)))
    assert set(seen) == {(2,)}
