"""What cannot be imported is refused with the reason, and leaves nothing behind."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from backend.models.importing import model_folder
from backend.models.importing.errors import ImportRefused
from backend.models.importing.importing import import_model
from backend.paths import ROOT
from tests.backend.models.importing.checkpoints_made import (
    drawn_network,
    score_sde_training,
    write_config,
)
from tests.backend.models.importing.guided_diffusion_unet import GuidedDiffusionUNet
from tests.backend.models.importing.ncsnpp_unet import NCSNpp
from tests.backend.sdedit.ddpm_unet import DDPMUNet

DDPM_SETTINGS = {
    "image_size": 32,
    "beta_schedule": "linear",
    "beta_start": 1e-4,
    "beta_end": 0.02,
    "num_diffusion_timesteps": 1000,
}


def ddpm_weights(**options):
    return dict(drawn_network(DDPMUNet(factors=(1, 2), **options)).state_dict())


def refusal(
    path: Path, content: object, settings: dict[str, object] | None = None
) -> ImportRefused:
    torch.save(content, path)
    config = None if settings is None else write_config(path.with_suffix(".json"), settings)
    with pytest.raises(ImportRefused) as caught:
        import_model(str(path), name="new", config=config, say=lambda _: None)
    return caught.value


@pytest.fixture
def path(tmp_path, models_folder):
    yield tmp_path / "model.ckpt"
    assert not list(models_folder.glob("*"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda w: w.pop("mid.attn_1.q.bias"), "lacks weights: mid_block.attentions.0.to_q.bias."),
        (lambda w: w.pop("conv_out.weight"), "The checkpoint lacks conv_out.weight."),
        (lambda w: w.update(logvar=torch.ones(9)), "has no place for: logvar."),
        (
            lambda w: w.update({"mid.attn_1.v.bias": torch.ones(9)}),
            "has weights of the wrong shape: mid_block.attentions.0.to_v.bias.",
        ),
        (
            lambda w: w["conv_in.bias"].mul_(math.nan),
            "has weights that are not finite: conv_in.bias.",
        ),
        (
            lambda w: w["up.0.block.0.conv1.weight"][0, 0, 0].fill_(math.inf),
            "has weights that are not finite: up_blocks.1.resnets.0.conv1.weight.",
        ),
        (
            lambda w: w.update({"conv_in.bias": torch.ones(32, dtype=torch.int64)}),
            "has weights that are not finite: conv_in.bias.",
        ),
        (
            lambda w: [w.pop(name) for name in list(w) if "downsample" in name],
            "without a convolution (resamp_with_conv is false)",
        ),
        (
            lambda w: w.update({"down.0.block.0.conv1.weight": torch.ones(64, 32, 3, 3)}),
            "The first level's width (64) is not that of its input (32).",
        ),
    ],
)
def test_weights_that_do_not_fit_are_named(path, change, sentence):
    weights = ddpm_weights()
    change(weights)

    refused = refusal(path, weights, DDPM_SETTINGS)

    assert sentence in refused.sentence
    assert refused.hint


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ch": 64}, ["ch is 64", "have 32"]),
        ({"ch_mult": [1, 3]}, ["ch_mult is [1, 3]", "have [1, 2]"]),
        ({"num_res_blocks": 2}, ["num_res_blocks is 2", "have 1"]),
        ({"attn_resolutions": [8]}, ["attention at [8]", "at [16]"]),
        ({"image_size": 64}, ["attention at [16]", "at [32] if image_size is 64"]),
        ({"image_size": "large"}, ["image_size is 'large', which cannot be"]),
        ({"image_size": True}, ["image_size is True, which cannot be"]),
        ({"beta_schedule": "jsd"}, ["beta_schedule 'jsd' is not known"]),
        ({"beta_start": 0.5}, ["beta_start above 0, and beta_end above that"]),
        ({"num_diffusion_timesteps": 1}, ["timesteps of the sde must be a whole number from 2"]),
    ],
)
def test_settings_that_contradict_the_weights_or_themselves_are_named(path, settings, words):
    told = {**DDPM_SETTINGS, "attn_resolutions": [16], **settings}

    refused = refusal(path, ddpm_weights(), told)

    assert all(word in refused.sentence for word in words), refused.sentence


def test_what_the_weights_do_not_tell_is_asked_for_by_name(path):
    refused = refusal(path, ddpm_weights(), {"beta_start": 1e-4, "beta_end": 0.02})

    asked = "The weights alone do not tell image_size, beta_schedule and num_diffusion_timesteps."
    assert refused.sentence == asked
    assert "--config FILE.json" in refused.hint
    assert '{"image_size": 256, "beta_schedule": "linear"' in refused.hint
    assert "image_size is the side of the pictures it was trained on" in refused.hint


def test_the_number_of_heads_is_asked_for(path):
    weights = drawn_network(GuidedDiffusionUNet()).state_dict()

    assert "image_size, num_heads, use_new_attention_order" in refusal(path, weights).sentence
    refused = refusal(path, weights, {"image_size": 32, "num_heads": 3})
    assert "do not divide into 3 heads" in refused.sentence


def test_an_ncsnpp_whose_shapes_hide_its_resampling_is_asked_about(path):
    content = score_sde_training(drawn_network(NCSNpp()).state_dict())

    assert "fir, skip_rescale and scale_by_sigma" in refusal(path, content).sentence
    settings = {"image_size": 32, "fir": False, "skip_rescale": True, "scale_by_sigma": True}
    refused = refusal(path, content, {**settings, "centered": False})
    assert refused.sentence == "Its fir is false."
    refused = refusal(path, content, {**settings, "fir": True, "sigma_max": 50.0})
    assert (
        refused.sentence == "The settings say that sigma_max is 50.0, but the weights have 348.0."
    )


VP = {
    "sde": "vpsde",
    "image_size": 32,
    "centered": True,
    "fir": True,
    "skip_rescale": True,
    "scale_by_sigma": False,
}


def test_an_ncsnpp_told_timesteps_is_asked_for_its_sde(path):
    content = score_sde_training(drawn_network(NCSNpp(positional=True)).state_dict())

    assert refusal(path, content).sentence.startswith("The weights alone do not tell sde, ")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"sde": "vesde"}, "It is told timesteps and not sigma"),
        ({"sde": "iddpm"}, "The sde 'iddpm' is not known here."),
        ({"continuous": False}, "It was trained on whole timesteps"),
        ({"centered": False}, "Its data is in [0, 1]"),
        ({"scale_by_sigma": True}, "Its scale_by_sigma is true."),
        ({"fir": False}, "Its fir is false."),
    ],
)
def test_a_vp_ncsnpp_that_cannot_be_represented_is_refused_with_the_reason(path, wrong, sentence):
    content = score_sde_training(drawn_network(NCSNpp(positional=True)).state_dict())

    assert refusal(path, content, {**VP, **wrong}).sentence.startswith(sentence)


class Cifar(NCSNpp):
    """score_sde's networks for CIFAR-10: one output at the end."""

    def __init__(self, *, is_vp: bool) -> None:
        super().__init__()
        modules = list(self.all_modules)
        outputs = [
            i + k
            for i, module in enumerate(modules)
            if isinstance(module, nn.GroupNorm)
            for k in (0, 1)
        ]
        kept = [m for i, m in enumerate(modules) if i not in outputs[:-2]]
        self.all_modules = nn.ModuleList(kept[1:] if is_vp else kept)


@pytest.mark.parametrize("is_vp", [True, False], ids=["ddpmpp", "ncsnpp"])
def test_score_sdes_cifar_networks_are_refused_with_the_reason(path, is_vp):
    weights = drawn_network(Cifar(is_vp=is_vp)).state_dict()
    content = {"model": weights, "ema": {"shadow_params": []}, "optimizer": {}, "step": 1}
    kept = [value for name, value in weights.items() if name != "all_modules.0.W"]
    content["ema"]["shadow_params"] = kept

    refused = refusal(path, content)

    assert refused.sentence.startswith("Its output is not progressive")
    assert "UNet2DModel has no such network" in refused.hint


def test_an_upsampler_and_a_classifier_are_refused_with_the_reason(path):
    upsampler = drawn_network(GuidedDiffusionUNet(inputs=6)).state_dict()
    assert refusal(path, upsampler).sentence.startswith("It is an upsampler")

    whole = drawn_network(GuidedDiffusionUNet()).state_dict()
    classifier = {name: value for name, value in whole.items() if "output_blocks" not in name}
    assert refusal(path, classifier).sentence.startswith("It is a classifier")


def test_an_unknown_kind_is_refused_with_a_few_of_its_names(path):
    refused = refusal(path, {f"layer{i}.weight": torch.ones(2) for i in range(9)})

    assert refused.sentence == (
        "model.ckpt is a checkpoint of an unknown kind: it holds layer0.weight, layer1.weight, "
        "layer2.weight and 6 more."
    )


def test_a_source_that_is_nowhere_is_refused(path):
    for source in ("nowhere.ckpt", str(path), "a/b/c", "x" * 400):
        with pytest.raises(ImportRefused):
            import_model(source)


def test_a_config_that_is_no_json_object_is_refused(path, tmp_path):
    torch.save(ddpm_weights(), path)
    config = tmp_path / "settings.yml"
    for text, sentence in (
        ("data:\n  image_size: 32\n", "is not a JSON file"),
        ("[1, 2]", "holds no settings by name"),
        ("[" * 100_000, "is not a JSON file"),
    ):
        config.write_text(text)
        with pytest.raises(ImportRefused, match=sentence):
            import_model(str(path), config=config)
    with pytest.raises(ImportRefused, match="cannot be read"):
        import_model(str(path), config=tmp_path / "nowhere.json")


def test_a_name_that_is_taken_or_impossible_is_refused_before_any_work(tmp_path, models_folder):
    path = tmp_path / "model.ckpt"
    torch.save(ddpm_weights(), path)
    config = write_config(tmp_path / "settings.json", DDPM_SETTINGS)
    import_model(str(path), config=config)
    before = {p: p.read_bytes() for p in models_folder.rglob("*") if p.is_file()}
    for name, sentence in (
        ("model", "There is a model called 'model' already"),
        ("landscape", "There is a model called 'landscape' already"),
        ("../model", "cannot be a model's name"),
        (".", "cannot be a model's name"),
    ):
        with pytest.raises(ImportRefused, match=sentence):
            import_model(str(path), name=name, config=config)
    assert before == {p: p.read_bytes() for p in models_folder.rglob("*") if p.is_file()}


def test_an_import_that_is_interrupted_leaves_nothing(path, monkeypatch):
    def interrupted(_path):
        raise KeyboardInterrupt

    torch.save(ddpm_weights(), path)
    config = write_config(path.with_suffix(".json"), DDPM_SETTINGS)
    monkeypatch.setattr(model_folder, "_flush", interrupted)

    with pytest.raises(KeyboardInterrupt):
        import_model(str(path), config=config)


FULL_DISK = """
import resource, sys
from pathlib import Path
from backend.models.importing.errors import ImportRefused
from backend.models.importing.importing import import_model

resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    import_model(sys.argv[1], name="new", config=Path(sys.argv[2]), say=lambda _: None)
except ImportRefused as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there no limit can be set on a file's size")
def test_a_disk_without_room_is_told_in_a_sentence(path):
    torch.save(ddpm_weights(), path)
    config = write_config(path.with_suffix(".json"), DDPM_SETTINGS)

    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), str(config)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
    )

    assert done.stdout.startswith("The model cannot be written to "), done
    assert "Make room" in done.stdout


def test_an_ncsnpp_whose_first_level_is_wider_than_its_input_is_refused(path):
    content = score_sde_training(drawn_network(NCSNpp(ch_mult=(2, 2))).state_dict())

    assert (
        "The first level's width (64) is not that of its input (32)"
        in refusal(path, content).sentence
    )
