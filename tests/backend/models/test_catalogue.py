from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from backend.models.catalogue import (
    SHIPPED,
    ModelError,
    UnknownModel,
    find_model,
    list_models,
    read_model_info,
    weights_problem,
)
from backend.models.loading import load_model
from protocol.messages import Welcome


@pytest.fixture(autouse=True)
def own_models(tmp_path, monkeypatch) -> Path:
    """The folder of the artist's own models, in a home that is made for the test."""
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def copy_of_landscape(folder: Path, **changes) -> Path:
    """The shipped model again, its description changed; a value of None takes the entry out."""
    shutil.copytree(SHIPPED / "landscape", folder)
    path = folder / "model.json"
    config = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: v for key, v in config.items() if v is not None}))
    return folder


def test_the_shipped_model_is_listed_and_its_sha256_is_right():
    (info,) = list_models([SHIPPED])

    assert info.name == "landscape"
    digest = hashlib.sha256(info.weights.read_bytes()).hexdigest()
    assert info.sha256 == digest
    assert weights_problem(info) == ""
    assert info.record() == {
        "name": "landscape",
        "title": info.title,
        "licence": info.licence,
        "native_px": 256,
        "sde": "VE",
        "classes": 0,
        "takes_prompt": False,
        "proposes_t0": True,
        "sha256": digest,
        "nbytes": info.weights.stat().st_size,
    }
    Welcome("a backend", (info.record(),))  # refuses what cannot be sent


def test_what_changes_a_models_pictures_changes_its_digests():
    model = find_model("landscape")

    def changed(**values):
        return replace(model, config={**model.config, **values}).settings_digest

    assert re.fullmatch("[0-9a-f]{16}", model.settings_digest)
    assert changed(title="Others", training={}, calibration={}) == model.settings_digest
    for name, value in {"noise_weights": {}, "native_px": 128, "sde": {"kind": "vp"}}.items():
        assert changed(**{name: value}) != model.settings_digest


def test_a_home_without_models_has_the_shipped_ones(own_models):
    own_models.rmdir()

    assert [info.folder.parent for info in list_models()] == [SHIPPED]


def test_the_artists_model_of_the_same_name_comes_first(own_models):
    own = copy_of_landscape(own_models / "mine", title="My own")

    assert [info.folder for info in list_models()] == [own]
    assert find_model("landscape").title == "My own"


def test_models_are_listed_by_name(own_models):
    copy_of_landscape(own_models / "1", name="zebra")
    copy_of_landscape(own_models / "2", name="Alps")

    assert [info.name for info in list_models()] == ["Alps", "landscape", "zebra"]


def test_an_unknown_name_lists_the_names_there_are(own_models):
    copy_of_landscape(own_models / "x", name="alps")

    with pytest.raises(UnknownModel) as caught:
        load_model("alpes", "cpu")

    assert caught.value.sentence == "There is no model called 'alpes'."
    assert caught.value.hint == "The models here: alps, landscape."
    assert caught.value.code == "unknown-model"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"ve"', '{"name": "x"}', "[" * 100_000, "\udcff"]
)
def test_a_description_that_cannot_be_read_is_left_out(own_models, text):
    folder = copy_of_landscape(own_models / "x", name="x")
    (folder / "model.json").write_bytes(text.encode("utf-8", "surrogateescape"))

    assert [info.name for info in list_models()] == ["landscape"]
    with pytest.raises(ModelError, match=r"^The model description .* cannot be read\."):
        read_model_info(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "../x"},
        {"name": 7},
        {"title": None},
        {"title": "t" * 5000},
        {"licence": "\ud800"},
        {"native_px": 0},
        {"native_px": True},
        {"native_px": "128"},
        {"sigma_data": None},
        {"sigma_data": 1e-300},
        {"network": {"widths": [65_536, 65_536], "blocks": 2, "middle": 4}},
        {"sigma_data": float("nan")},
        {"noise_weights": {"grey": 1.0, "colour": 0}},
        {"noise_weights": {"grey": 1.0, "colour": "0.7"}},
        {"noise_weights": {"grey": 1.0}},
        {"noise_weights": 0.7},
        {"sde": {"kind": "ve"}},
        {"sde": {"kind": "vp", "sigma_min": 0.1, "sigma_max": 1}},
        {"sde": {"kind": "ve", "sigma_min": 20, "sigma_max": 20}},
        {"sde": {"kind": "ve", "sigma_min": 0.1, "sigma_max": float("inf")}},
        {"network": {}},
        {"network": {"widths": [], "blocks": 1, "middle": 1}},
        {"network": {"widths": [8, "9"], "blocks": 1, "middle": 1}},
        {"network": [1]},
        {"classes": []},
        {"classes": ""},
        {"sha256": None},
        {"sha256": "1234"},
    ],
    ids=str,
)
def test_a_damaged_description_is_left_out_and_says_what_is_wrong(own_models, change):
    folder = copy_of_landscape(own_models / "x", **({"name": "x"} | change))

    assert [info.name for info in list_models()] == ["landscape"]
    with pytest.raises(ModelError) as caught:
        read_model_info(folder)
    assert f"{folder / 'model.json'} is damaged: {next(iter(change))}" in caught.value.sentence
    assert caught.value.hint == "Train or install that model again."


@pytest.mark.parametrize("change", [{"kind": "transformer"}, {"kind": []}])
def test_a_model_of_a_later_version_is_left_out_and_says_so(own_models, change):
    folder = copy_of_landscape(own_models / "x", name="x", **change)

    assert [info.name for info in list_models()] == ["landscape"]
    with pytest.raises(ModelError, match="'x' is of a kind that this version cannot run"):
        read_model_info(folder)


def test_damaged_weights_are_refused(own_models):
    folder = copy_of_landscape(own_models / "x", name="x")
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-100] ^= 1
    (folder / "model.safetensors").write_bytes(data)

    with pytest.raises(ModelError) as caught:
        load_model("x", "cpu")

    assert caught.value.sentence == (
        f"The weights of 'x' in {folder / 'model.safetensors'} are damaged or were changed."
    )
    assert caught.value.hint == "Train or install that model again."
    assert caught.value.code == "model"


def test_missing_weights_are_refused(own_models):
    folder = copy_of_landscape(own_models / "x", name="x")
    (folder / "model.safetensors").unlink()

    with pytest.raises(ModelError, match="The weights of 'x' cannot be read from"):
        load_model("x", "cpu")


def test_a_shipped_model_that_is_damaged_is_put_back_by_the_installer():
    assert find_model("landscape").remedy == (
        "Run install.py again to put the shipped models back."
    )


def test_weights_of_another_network_are_refused(own_models):
    copy_of_landscape(own_models / "x", name="x", network={"widths": [4], "blocks": 1, "middle": 1})

    with pytest.raises(ModelError, match="The weights of 'x' do not fit its description"):
        load_model("x", "cpu")


def test_weights_that_are_no_safetensors_are_refused_though_their_sha256_is_right(own_models):
    sha256 = hashlib.sha256(b"pickle").hexdigest()
    folder = copy_of_landscape(own_models / "x", name="x", sha256=sha256)
    (folder / "model.safetensors").write_bytes(b"pickle")

    with pytest.raises(ModelError, match="The weights of 'x' do not fit its description"):
        load_model("x", "cpu")
