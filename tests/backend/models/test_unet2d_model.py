"""Models whose network is diffusers' UNet2DModel, once imported."""

from __future__ import annotations

import json
import math

import pytest
import torch
from diffusers import UNet2DModel

from backend.models.catalogue import ModelError, find_model
from backend.models.condition import NOTHING, Condition, ConditionError
from backend.models.edit import Edit
from backend.models.importing.model_folder import write_model
from backend.models.loading import load_model
from backend.models.pixel_model import View
from backend.models.unet2d_model import UNet2DPixelModel, schedule_of
from backend.sdedit.schedules import log_uniform_sigmas, t_uniform_sigmas
from tests.backend.models.importing.checkpoints_made import drawn_network

WHOLE = View(0, 1, 16)
NETWORK = {
    "sample_size": 16,
    "block_out_channels": [32, 32],
    "down_block_types": ["DownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "UpBlock2D"],
    "layers_per_block": 1,
    "add_attention": False,
    "norm_num_groups": 8,
}
VE = {"kind": "ve", "sigma_min": 0.01, "sigma_max": 50, "data_range": "unit"}
DDPM = {"kind": "ddpm", "betas": "linear", "beta_start": 1e-4, "beta_end": 0.02, "timesteps": 1000}
VP = {"kind": "vp", "beta_min": 0.1, "beta_max": 20}
SDES = {
    "ve, data in [0, 1]": VE,
    "ve, data in [-1, 1]": {**VE, "data_range": "symmetric"},
    "ddpm": DDPM,
    "ddpm, cosine": {"kind": "ddpm", "betas": "cosine", "timesteps": 1000},
    "ddpm, scaled linear": {**DDPM, "betas": "scaled_linear"},
    "vp": VP,
    "sub-vp": {**VP, "kind": "subvp"},
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def make_model(home, *, sde=DDPM, prediction="epsilon", **options):
    """A model with a random network, written as an import writes it, and loaded."""
    network = {**NETWORK, **options.pop("network", {})}
    weights = drawn_network(UNet2DModel(**network)).state_dict()
    described = {
        "name": "tiny",
        "title": "Tiny",
        "licence": "CC0",
        "kind": "unet2d",
        "native_px": 16,
        "sde": sde,
        "prediction": prediction,
        "network": network,
        "classes": network.get("num_class_embeds", 0),
        **options,
    }
    write_model(home / "models" / "tiny", described, weights, "# Tiny\n", lambda _: None)
    return load_model("tiny", "cpu")


def zero_output(model, value=0.0):
    """Let the network answer the same everywhere."""
    model.network.conv_out.weight.zero_()
    model.network.conv_out.bias.fill_(value)


def edit(model, height=16, width=16, **options):
    options = {"t0": 0.5, "steps": 3, "seed": 1, **options}
    guide = torch.linspace(-0.5, 0.5, 3 * height * width).reshape(1, 3, height, width)
    *_, last = model.edit(guide, Edit(**options))
    return last.x0


@pytest.mark.parametrize("sde", SDES.values(), ids=SDES)
def test_a_network_that_predicts_no_noise_takes_x_for_clean_at_every_level(home, sde):
    """Whatever the SDE and the data's range: epsilon = 0 means x0 = x."""
    time = {"time_embedding_type": "fourier"} if sde["kind"] == "ve" else {}
    model = make_model(home, sde=sde, network=time)
    zero_output(model)
    denoise = model.denoiser(WHOLE, NOTHING)
    x = torch.randn(2, 3, 16, 16)

    for t in (0.0, 0.3, 1.0):
        sigma = torch.tensor(model.schedule.sigma(t))
        assert torch.allclose(denoise(x, sigma), x, atol=1e-5)


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        ("epsilon", lambda x, sigma, _alpha: x - 0.5 * sigma),
        ("x0", lambda x, _sigma, _alpha: torch.full_like(x, 0.5)),
        ("v", lambda x, sigma, alpha: alpha * (alpha * x) - alpha * sigma * 0.5),
        ("score", lambda x, sigma, alpha: x + alpha * sigma**2 * 0.5),
    ],
)
def test_every_prediction_is_solved_for_the_clean_picture(home, prediction, expected):
    model = make_model(home, prediction=prediction)
    zero_output(model, 0.5)
    x, sigma = torch.randn(1, 3, 16, 16), 2.0

    found = model.denoiser(WHOLE, NOTHING)(x, torch.tensor(sigma))

    alpha = 1 / math.sqrt(1 + sigma**2)
    assert torch.allclose(found, expected(x, sigma, alpha), atol=1e-5)


def test_a_ve_networks_score_in_the_unit_range_counts_there(home):
    """D(y) = y + sigma² score for y = (x + 1) / 2, told half the noise."""
    model = make_model(home, sde=VE, prediction="score", network={"time_embedding_type": "fourier"})
    zero_output(model, 0.5)  # UNet2DModel divides it by the sigma it is told
    x = torch.randn(1, 3, 16, 16)

    found = model.denoiser(WHOLE, NOTHING)(x, torch.tensor(4.0))

    y = (x + 1) / 2
    assert torch.allclose(found, 2 * (y + 2.0**2 * 0.5 / 2.0) - 1, atol=1e-5)
    assert model.schedule.sigma_max == 2 * 50


def test_scaled_linear_betas_have_roots_at_equal_distances():
    betas = torch.tensor(schedule_of({**DDPM, "betas": "scaled_linear"}).betas).double()

    assert betas[0].item() == pytest.approx(1e-4)
    assert betas[-1].item() == pytest.approx(0.02)
    steps = betas.sqrt().diff()
    assert torch.allclose(steps, steps.mean().expand(999), rtol=1e-3)


def test_a_learned_variance_is_left_aside(home):
    model = make_model(home, network={"out_channels": 6})
    model.network.conv_out.weight.zero_()
    model.network.conv_out.bias.copy_(torch.tensor([0.0, 0, 0, 9, 9, 9]))
    x = torch.randn(1, 3, 16, 16)

    assert torch.allclose(model.denoiser(WHOLE, NOTHING)(x, torch.tensor(1.0)), x, atol=1e-6)


def test_a_network_with_a_table_of_timesteps_is_told_whole_ones(home):
    table = {"time_embedding_type": "learned", "num_train_timesteps": 1000}
    model = make_model(home, network=table)

    assert edit(model).isfinite().all()


def test_solvers_get_the_grid_that_suits_the_sde(home):
    assert make_model(home).grid is log_uniform_sigmas
    for name in ("model.json", "CARD.md", "model.safetensors"):
        (home / "models" / "tiny" / name).unlink()
    ve = make_model(home, sde=VE, network={"time_embedding_type": "fourier"})
    assert ve.grid is t_uniform_sigmas


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 40), (16, 16), (37, 61)])
def test_pictures_of_any_size_are_edited(home, height, width):
    found = edit(make_model(home), height, width)

    assert found.shape == (1, 3, height, width)
    assert found.isfinite().all()


def test_a_picture_below_the_native_size_is_composed_at_it(home):
    model = make_model(home)
    seen = []
    model.network.register_forward_hook(lambda _m, inputs, _y: seen.append(inputs[0].shape[-2:]))

    edit(model, 8, 8, steps=1)

    assert [tuple(size) for size in seen] == [(16, 16)]


class TestClasses:
    @pytest.fixture
    def model(self, home) -> UNet2DPixelModel:
        classes = {"num_class_embeds": 3}
        return make_model(home, network=classes, class_names=["leaf, blade", "stem", "flower"])

    def test_the_class_changes_the_picture_and_its_name_means_its_number(self, model):
        stem, one, leaf = (
            edit(model, condition=Condition(label=label)) for label in ("Stem", "1", "blade")
        )

        assert torch.equal(stem, one)
        assert (stem - leaf).abs().max() > 1e-3

    def test_a_class_must_be_chosen(self, model):
        with pytest.raises(
            ConditionError, match=r"none is chosen\. Choose a class: .* 'leaf' for 0"
        ):
            model.denoiser(WHOLE, NOTHING)

    def test_an_unknown_class_is_refused_with_near_names(self, model):
        with pytest.raises(
            ConditionError, match=r"no class called 'flowers'\. Near it are: flower"
        ):
            model.denoiser(WHOLE, Condition(label="flowers"))

    def test_the_client_is_told_how_many_there_are(self, model):
        assert model.info.record()["classes"] == 3


def test_a_model_without_classes_takes_none_and_no_text(home):
    model = make_model(home)

    with pytest.raises(ConditionError, match="has no classes"):
        model.denoiser(WHOLE, Condition(label="1"))
    with pytest.raises(ConditionError, match="takes no text"):
        model.denoiser(WHOLE, Condition(prompt="a valley"))


def test_weights_that_do_not_fit_their_description_are_refused(home):
    make_model(home)
    path = home / "models" / "tiny" / "model.json"
    described = json.loads(path.read_text())
    for network in ({"layers_per_block": 2}, {"norm_num_groups": 5}):
        path.write_text(json.dumps({**described, "network": {**NETWORK, **network}}))
        with pytest.raises(ModelError, match="do not fit its description"):
            UNet2DPixelModel.load(find_model("tiny"), "cpu")
