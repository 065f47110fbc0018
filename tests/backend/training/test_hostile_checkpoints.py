"""A training's checkpoint from anyone: nothing in it runs, and it is read or refused."""

from __future__ import annotations

import contextlib
import io
import pickle
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.training.checkpoint import read_checkpoint, saved_options, write_checkpoint
from backend.training.errors import TrainingError
from backend.training.options import TrainingOptions
from tests.hostile_bytes import changed

FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
OPTIONS = asdict(TrainingOptions(widths=(4, 8)))
CONTENT = {
    "network": {"a": torch.zeros(2)},
    "average": {"a": torch.zeros(2)},
    "optimiser": {"state": {}, "param_groups": []},
    "state": {"step": 3},
    "options": OPTIONS,
}


def saved(content: object, is_archive: bool = True) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=is_archive)
    return file.getvalue()


class Canary:
    """Unpickled the usual way, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("place", sorted(CONTENT))
@pytest.mark.parametrize("is_archive", [True, False])
def test_nothing_in_a_checkpoint_is_ever_run(tmp_path: Path, place: str, is_archive: bool) -> None:
    canary = tmp_path / "canary"
    checkpoint = tmp_path / "checkpoint.pt"
    checkpoint.write_bytes(saved({**CONTENT, place: Canary(canary)}, is_archive))
    with pytest.raises(TrainingError, match="is damaged"):
        read_checkpoint(checkpoint)
    assert not canary.exists()
    pickle.loads(pickle.dumps(Canary(canary))).close()
    assert canary.exists()  # it was loaded


@pytest.mark.parametrize("is_archive", [True, False])
@pytest.mark.filterwarnings("ignore:Detected pickle protocol:UserWarning")  # torch, then refuses
@given(data=st.data())
@FEW
def test_a_changed_checkpoint_is_read_or_refused(
    tmp_path: Path, is_archive: bool, data: st.DataObject
) -> None:
    checkpoint = tmp_path / "checkpoint.pt"
    checkpoint.write_bytes(data.draw(changed(saved(CONTENT, is_archive), head=600)))
    with contextlib.suppress(TrainingError):
        assert read_checkpoint(checkpoint)


VALUES = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats() | st.text(max_size=3)
VALUES |= st.lists(VALUES, max_size=3)


@given(
    place=st.sampled_from(sorted(CONTENT)),
    value=VALUES,
    options=st.dictionaries(st.sampled_from(sorted(OPTIONS)), VALUES, max_size=3),
)
@FEW
def test_any_values_in_a_checkpoint_are_options_or_refused(
    tmp_path: Path, place: str, value: object, options: dict[str, object]
) -> None:
    checkpoint = tmp_path / "checkpoint.pt"
    for content in ({**CONTENT, place: value}, {**CONTENT, "options": {**OPTIONS, **options}}):
        write_checkpoint(checkpoint, content)
        with contextlib.suppress(TrainingError):
            whole = read_checkpoint(checkpoint)
            assert whole is not None
            assert isinstance(saved_options(whole), TrainingOptions)
