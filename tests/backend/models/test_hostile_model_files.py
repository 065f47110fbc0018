"""A model's folder from anyone: it is loaded or refused in a sentence, in little memory and time.

The SHA-256 in model.json is always right here: whoever makes a hostile file can make that too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import struct
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from backend.models.catalogue import SHIPPED, ModelError, ModelInfo, read_model_info
from backend.models.importing.checkpoint_file import read_weights
from backend.models.landscape import LandscapeModel
from backend.models.landscape_unet import LandscapeUNet
from tests.hostile_bytes import changed

WIDTHS = [4]
NETWORK = {"widths": WIDTHS, "blocks": 1, "middle": 1}
WEIGHTS = save(
    {name: value.half() for name, value in LandscapeUNet(WIDTHS, 1, 1).state_dict().items()}
)
DESCRIPTION = {
    **json.loads((SHIPPED / "landscape" / "model.json").read_text()),
    "name": "hostile",
    "network": NETWORK,
}
DESCRIPTION.pop("training", None)
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
MEMORY_MOST = 16 * 1024 * 1024


def write(folder: Path, weights: bytes, **changes: object) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(weights)
    described = {**DESCRIPTION, "sha256": hashlib.sha256(weights).hexdigest(), **changes}
    (folder / "model.json").write_text(json.dumps(described))
    return folder


def load(folder: Path) -> LandscapeModel:
    return LandscapeModel.load(read_model_info(folder), "cpu")


def refused(folder: Path) -> bool:
    """Whether loading or importing refuses, with its one error."""
    refusals = 0
    for read in (lambda: load(folder), lambda: read_weights(folder / "model.safetensors")):
        try:
            read()
        except ModelError:
            refusals += 1
    return refusals > 0


def safetensors(header: object, data: bytes = bytes(64), length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(dtype: str, shape: list[int], start: int, end: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


HOSTILE = {
    "a header of 2^63 bytes": safetensors({}, length=2**63),
    "a header of 99 MB that is not there": safetensors({}, length=99_000_000),
    "a header as long as the file": safetensors({}, length=66),
    "no header": safetensors(b""),
    "a header that is no JSON": safetensors(b"{" * 64),
    "a deep header": safetensors(b'{"a":' * 30_000),
    "overlapping tensors": safetensors(
        {"a": tensor("F32", [8], 0, 32), "b": tensor("F32", [8], 16, 48)}
    ),
    "a hole between tensors": safetensors(
        {"a": tensor("F32", [4], 0, 16), "b": tensor("F32", [4], 48, 64)}
    ),
    "offsets beyond the file": safetensors({"a": tensor("F32", [2**20], 0, 2**22)}),
    "offsets backwards": safetensors({"a": tensor("F32", [16], 64, 0)}),
    "negative offsets": safetensors({"a": tensor("F32", [16], -64, 0)}),
    "a shape larger than its bytes": safetensors({"a": tensor("F32", [2**30], 0, 64)}),
    "a shape that overflows": safetensors({"a": tensor("F32", [2**32, 2**32], 0, 64)}),
    "a shape of nothing times much": safetensors({"a": tensor("F32", [0, 2**62], 0, 0)}, b""),
    "a type that is wider than its bytes": safetensors({"a": tensor("F64", [16], 0, 64)}),
    "an unknown type": safetensors({"a": tensor("F7", [16], 0, 64)}),
    "a name twice": safetensors(
        b'{"a":{"dtype":"F32","shape":[16],"data_offsets":[0,64]},'
        b'"a":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}'
    ),
    "a pickle": b"\x80\x02cos\nsystem\n(S'echo > canary'\ntR.",
    "a pickle with a header's length": struct.pack("<Q", 40) + b"\x80\x02cos\nsystem\n(S'x'\ntR.",
}


@pytest.mark.parametrize("weights", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_safetensors_file_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write(tmp_path / "model", weights)
    began = time.perf_counter()
    tracemalloc.start()
    with pytest.raises(ModelError) as caught:
        load(folder)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.hint
    assert peak < MEMORY_MOST
    assert time.perf_counter() - began < 5
    assert not (tmp_path / "canary").exists()


def test_the_whole_file_is_loaded(tmp_path: Path) -> None:
    assert not refused(write(tmp_path / "model", WEIGHTS))


@given(data=st.data())
@FEW
def test_a_changed_safetensors_file_is_loaded_or_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    refused(write(tmp_path / "model", data.draw(changed(WEIGHTS, head=2000))))


@given(
    header=st.dictionaries(
        st.sampled_from(["a", "b", "__metadata__"]) | st.text(max_size=3),
        st.fixed_dictionaries(
            {
                "dtype": st.sampled_from(
                    [
                        *("F16", "F32", "F64", "BF16", "I8", "U8", "U16", "I64", "BOOL", "C64"),
                        *("F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "F6_E2M3", ""),
                    ]
                ),
                "shape": st.lists(
                    st.sampled_from([0, 1, 2, 4, 8, 64, -1, 2**31, 2**63]), max_size=4
                ),
                "data_offsets": st.lists(
                    st.sampled_from([0, 2, 8, 16, 32, 64, -8, 2**63]), max_size=3
                ),
            }
        ),
        max_size=3,
    ),
)
@FEW
def test_any_header_is_loaded_or_refused(tmp_path: Path, header: dict[str, object]) -> None:
    refused(write(tmp_path / "model", safetensors(header)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", ["landscape-unet", "unet2d", "latent"])
@given(data=st.data())
@FEW
def test_any_description_is_read_or_refused(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    changes: dict[str, object] = {"kind": kind}
    for _ in range(data.draw(st.integers(1, 4))):
        inner = data.draw(st.sampled_from(["", "sde", "network"]))
        if inner:
            names = [*sorted(DESCRIPTION[inner]), "betas", "down_block_types", "sample_size"]
            within = dict(changes.get(inner, DESCRIPTION[inner]))
            within[data.draw(st.sampled_from(names))] = data.draw(JSON)
            changes[inner] = within
        else:
            names = [*sorted(DESCRIPTION), "family", "classes", "class_names", "adjustments"]
            names.remove("network")
            names.remove("sde")
            changes[data.draw(st.sampled_from(names))] = data.draw(JSON)
    folder = write(tmp_path / "model", WEIGHTS, **changes)
    try:
        info = read_model_info(folder)
    except ModelError:
        return
    assert isinstance(info, ModelInfo)
    assert isinstance(info.record(), dict)


@given(text=changed(json.dumps(DESCRIPTION).encode()))
@FEW
def test_any_text_of_a_description_is_read_or_refused(tmp_path: Path, text: bytes) -> None:
    folder = write(tmp_path / "model", WEIGHTS)
    (folder / "model.json").write_bytes(text)
    with contextlib.suppress(ModelError):
        read_model_info(folder)


def test_a_description_of_a_network_that_fills_the_memory_is_refused_before_it_does(
    tmp_path: Path,
) -> None:
    """20 GB it would be, and the weights beside it are a few kilobytes."""
    folder = write(
        tmp_path / "model", WEIGHTS, network={"widths": [1024] * 8, "blocks": 32, "middle": 32}
    )
    before = resident_bytes()
    with pytest.raises(ModelError, match="do not fit its description"):
        load(folder)
    assert resident_bytes() - before < 512 * 1024 * 1024


def resident_bytes() -> int:
    """The most this process has ever had in memory; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
