"""What a checkpoint file may be: nothing in it is ever run, and every refusal says why."""

from __future__ import annotations

import os
import pickle
import random
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from backend.models.importing.checkpoint_file import read_weights
from backend.models.importing.errors import ImportRefused
from tests.backend.models.importing.checkpoints_made import ddim_training, score_sde_training

WEIGHTS = {"conv_in.weight": torch.ones(4, 3), "conv_in.bias": torch.zeros(4)}


class Command:
    """What a hostile pickle holds: unpickled the usual way, it writes the canary."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self):
        return os.system, (f"echo > '{self.canary}'",)


def saved(path: Path, content: object, **options) -> Path:
    torch.save(content, path, **options)
    return path


def pickled(path: Path, content: object, protocol: int) -> Path:
    path.write_bytes(pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize(
    "write",
    [
        lambda path, content: saved(path, content),
        lambda path, content: saved(path, content, _use_new_zipfile_serialization=False),
        lambda path, content: pickled(path, content, 2),
        lambda path, content: pickled(path, content, 4),
    ],
    ids=["archive", "older torch file", "plain pickle", "newer plain pickle"],
)
@pytest.mark.parametrize("place", ["beside weights", "among weights", "alone"])
def test_a_pickle_that_would_run_a_command_is_refused_and_runs_nothing(tmp_path, write, place):
    canary = tmp_path / "canary"
    command = Command(canary)
    content = {
        "beside weights": {"state_dict": WEIGHTS, "ema": command},
        "among weights": {**WEIGHTS, "temb": command},
        "alone": command,
    }[place]
    path = write(tmp_path / "model.pt", content)

    with pytest.raises(ImportRefused, match="holds more than tensors: to open it would run code"):
        read_weights(path)

    assert not canary.exists()
    pickle.loads(pickle.dumps(command))
    assert canary.exists()  # it was loaded


def test_a_torchscript_program_is_refused(tmp_path):
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", b"\x80\x02.")
        archive.writestr("model/constants.pkl", b"\x80\x02.")
        archive.writestr("model/code/model.py", "")

    with pytest.raises(ImportRefused, match="is a TorchScript program"):
        read_weights(path)


def archive_without_pickle(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"\x80"), "is damaged"),
        (lambda path: path.write_text("hello world\n" * 99), "is not a checkpoint file"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" * 9), "is not a checkpoint file"),
        (archive_without_pickle, "is an archive, but not a checkpoint"),
        (lambda path: torch.save([1, 2, 3], path), "holds no weights by name"),
        (lambda path: torch.save({}, path), "holds no weights by name"),
        (lambda path: torch.save({1: torch.ones(2)}, path), "holds no weights by name"),
        (lambda path: torch.save(torch.ones(3), path), "holds no weights by name"),
        (lambda path: torch.save({**WEIGHTS, "step": 3}, path), "holds other things .*: step"),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_the_reason(tmp_path, write, sentence):
    path = tmp_path / "model.pt"
    write(path)

    with pytest.raises(ImportRefused, match=sentence) as caught:
        read_weights(path)
    assert caught.value.hint


@pytest.mark.parametrize("kind", ["archive", "older torch file", "safetensors"])
def test_a_file_cut_short_anywhere_is_refused(tmp_path, kind):
    whole = tmp_path / "whole"
    if kind == "safetensors":
        save_file(WEIGHTS, whole)
    else:
        torch.save(WEIGHTS, whole, _use_new_zipfile_serialization=kind == "archive")
    data = whole.read_bytes()
    assert read_weights(whole).keys() == WEIGHTS.keys()
    path = tmp_path / "cut"
    for length in range(1, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:length])
        with pytest.raises(ImportRefused):
            read_weights(path)


@pytest.mark.parametrize("is_archive", [True, False])
def test_a_file_with_changed_bytes_is_read_or_refused(tmp_path, is_archive):
    path = tmp_path / "model.ckpt"
    torch.save(ddim_training(WEIGHTS), path, _use_new_zipfile_serialization=is_archive)
    whole = path.read_bytes()
    change = random.Random(0)
    refused = 0
    for _ in range(200):
        changed = bytearray(whole)
        changed[change.randrange(min(len(whole), 900))] = change.randrange(256)
        path.write_bytes(changed)
        try:
            read_weights(path)
        except ImportRefused:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize(
    "content",
    [
        WEIGHTS,
        {"state_dict": WEIGHTS, "epoch": 3},
        {f"module.{name}": value for name, value in WEIGHTS.items()},
        ddim_training(WEIGHTS),
        ddim_training(WEIGHTS, prefix="module."),
        ddim_training(WEIGHTS)[-1:] + ddim_training(WEIGHTS)[1:4],  # without averaging
    ],
    ids=["bare", "lightning", "parallel", "ddim", "ddim parallel", "ddim without ema"],
)
def test_weights_are_found_in_what_the_programs_save_around_them(tmp_path, content):
    read = read_weights(saved(tmp_path / "model.pt", content))

    assert read.keys() == WEIGHTS.keys()
    assert all(torch.equal(read[name], WEIGHTS[name]) for name in WEIGHTS)


def test_score_sdes_averaged_weights_are_taken_and_its_fixed_ones_kept(tmp_path):
    weights = {"all_modules.0.W": torch.ones(3), "all_modules.1.weight": torch.ones(2, 6)}

    read = read_weights(saved(tmp_path / "model.pth", score_sde_training(weights)))

    assert read.keys() == {"sigmas", *weights}
    assert all(torch.equal(read[name], weights[name]) for name in weights)


def test_averaged_weights_that_are_not_those_of_the_parameters_are_refused(tmp_path):
    weights = {"all_modules.0.W": torch.ones(3), "all_modules.1.weight": torch.ones(2, 6)}
    content = score_sde_training(weights)
    for wrong in ([], [torch.ones(2, 5)], [torch.ones(2, 6)] * 2, ["text"]):
        content["ema"]["shadow_params"] = wrong
        with pytest.raises(ImportRefused, match="averaged weights"):
            read_weights(saved(tmp_path / "model.pth", content))
