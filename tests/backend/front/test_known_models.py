"""A model that is added while a backend runs is there for the next client that asks."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from backend.front.known_models import KnownModels
from backend.local import LocalBackend
from backend.models.catalogue import SHIPPED
from protocol.client import Client
from protocol.messages import Hello, Welcome

PATIENCE_S = 60.0


def add_model(folder: Path, name: str) -> None:
    """The shipped model under another name, put in place as an import does."""
    made = folder.parent / "being-made"
    shutil.copytree(SHIPPED / "landscape", made)
    config = json.loads((made / "model.json").read_text(encoding="utf-8"))
    (made / "model.json").write_text(json.dumps({**config, "name": name}), encoding="utf-8")
    folder.mkdir(exist_ok=True)
    made.rename(folder / name)


def test_the_catalogue_is_read_again_only_when_a_model_has_come_or_gone(tmp_path: Path) -> None:
    reads = []

    def read() -> tuple[dict[str, str], ...]:
        reads.append(1)
        return tuple({"name": path.name} for path in sorted(tmp_path.iterdir()))

    models = KnownModels(tmp_path, read)
    assert models() == models() == ()
    assert len(reads) == 1
    (tmp_path / "own").mkdir()
    assert models() == ({"name": "own"},)
    assert models() == ({"name": "own"},)
    assert len(reads) == 2


def test_a_running_backend_tells_of_a_model_that_was_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    with LocalBackend("cpu") as backend:
        client = backend._client
        assert client is not None
        assert names(ask(client)) == ["landscape"]
        add_model(tmp_path / "models", "own")
        # The first answers may still be to greetings of before.
        end = time.monotonic() + PATIENCE_S
        while names(ask(client)) != ["landscape", "own"]:
            assert time.monotonic() < end


def ask(client: Client) -> Welcome:
    client.send(Hello("test"))
    while True:
        for message in client.wait(PATIENCE_S):
            if isinstance(message, Welcome):
                return message


def names(welcome: Welcome) -> list[str]:
    return [str(model["name"]) for model in welcome.models]
