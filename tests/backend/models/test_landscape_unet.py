from __future__ import annotations

import torch

from backend.models.landscape_unet import LandscapeUNet, fourier_features

X = torch.randn(2, 3, 16, 24, generator=torch.Generator().manual_seed(0))
C_NOISE, SCALE = torch.tensor([-0.3, 0.2]), torch.tensor([0.0, 1.5])
Y = torch.linspace(0, 1, 16).reshape(1, 1, 16, 1)


def random_network() -> LandscapeUNet:
    torch.manual_seed(1)
    network = LandscapeUNet((6, 8, 10), blocks=1, middle=2)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return network.requires_grad_(False)


def test_a_new_network_predicts_nothing_and_learns_at_every_layer_in_two_steps():
    torch.manual_seed(0)
    network = LandscapeUNet((6, 8, 10), blocks=1, middle=1)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    assert (network(X, C_NOISE, SCALE, Y) == 0).all()

    for _ in range(4):  # what starts at zero lets gradients through only after its first step
        optimiser.zero_grad()
        (network(X, C_NOISE, SCALE, Y) - X).square().mean().backward()
        optimiser.step()

    assert all(p.grad is not None and (p.grad != 0).any() for p in network.parameters())


def test_noise_level_scale_and_height_each_change_the_prediction():
    network = random_network()
    before = network(X, C_NOISE, SCALE, Y)

    for changed in (
        network(X, C_NOISE + 0.1, SCALE, Y),
        network(X, C_NOISE, SCALE + 0.1, Y),
        network(X, C_NOISE, SCALE, Y * 0.9),
    ):
        assert (changed - before).abs().mean() > 1e-4


def test_each_picture_of_a_batch_has_its_own_noise_level_and_scale():
    network = random_network()

    both = network(X, C_NOISE, SCALE, Y)

    for i in range(2):
        alone = network(X[i : i + 1], C_NOISE[i : i + 1], SCALE[i : i + 1], Y)
        assert torch.allclose(alone, both[i : i + 1], rtol=1e-4, atol=1e-4)


def test_one_height_map_serves_for_a_row_or_for_every_pixel():
    network = random_network()

    assert torch.equal(
        network(X, C_NOISE, SCALE, Y), network(X, C_NOISE, SCALE, Y.expand(2, 1, 16, 24))
    )


def test_the_multiple_is_what_the_network_shrinks_by():
    assert LandscapeUNet((4, 4, 4), 0, 1).multiple == 8
    assert LandscapeUNet((4, 4), 0, 1).multiple == 4


def test_frequencies_are_no_weights_and_reach_from_an_eighth_to_two():
    network = LandscapeUNet((4,), 0, 0)

    assert "frequencies" not in network.state_dict()
    assert network.frequencies.tolist()[:: LandscapeUNet.FOURIER - 1] == [0.125, 2.0]
    features = fourier_features(torch.tensor([0.0, 1.0]), network.frequencies)
    assert features.shape == (2, 2 * LandscapeUNet.FOURIER)
    assert features[0].tolist() == [1.0] * LandscapeUNet.FOURIER + [0.0] * LandscapeUNet.FOURIER
