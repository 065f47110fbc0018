"""Logs are bounded, and whatever is logged they hold no key and no pixel."""

from __future__ import annotations

import base64
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from backend.logs import FILE_BYTES, OLD_FILES, set_up_logging
from backend.paths import ROOT
from protocol.bounds import Bounds
from protocol.client import Client
from protocol.images import MASK, Image, PixelFormat
from protocol.keys import load_client_keys, load_server_keys, make_keys
from protocol.messages import EditRequest, Failed, Hello, Ping, Result
from tests.backend.front.running_front import eventually

PATIENCE_S = 60.0
SIDE_PX = 48
MARK = b"PxQz"
"""Every pixel of the guide."""


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger, which is as before after the test."""
    root = logging.getLogger()
    level, handlers, raises = root.level, list(root.handlers), logging.raiseExceptions
    yield root
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    logging.raiseExceptions = raises


def test_a_log_never_grows_beyond_its_bound(tmp_path: Path, root_logger: logging.Logger) -> None:
    file = tmp_path / "logs" / "front.log"
    set_up_logging(file)
    line = "x" * 1000
    for _ in range(2 * (OLD_FILES + 1) * FILE_BYTES // len(line)):
        root_logger.info(line)
    sizes = [path.stat().st_size for path in file.parent.iterdir()]
    assert len(sizes) == OLD_FILES + 1
    assert max(sizes) <= FILE_BYTES


def test_a_name_cannot_begin_a_line_of_the_log_nor_steer_whoever_reads_it(
    tmp_path: Path, root_logger: logging.Logger
) -> None:
    set_up_logging(tmp_path / "front.log")
    try:
        raise OSError("no such thing")
    except OSError:
        root_logger.exception("Cannot read %s.", "a\n2026-01-01 INFO all is well\x1b[2J")
    first, *trace = (tmp_path / "front.log").read_text(encoding="utf-8").splitlines()
    assert first.endswith(r"Cannot read a\n2026-01-01 INFO all is well\x1b[2J.")
    assert trace[0].startswith("Traceback")


def test_nothing_is_logged_to_a_stderr_that_nobody_reads_when_there_is_a_file(
    tmp_path: Path, root_logger: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(tmp_path / "front.log")
    root_logger.warning("Something to know.")
    assert capfd.readouterr().err == ""
    assert "Something to know." in (tmp_path / "front.log").read_text(encoding="utf-8")


def test_a_log_that_cannot_be_written_goes_to_stderr(
    tmp_path: Path, root_logger: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file where a folder should be")
    set_up_logging(tmp_path / "logs" / "front.log")
    root_logger.info("Still said.")
    said = capfd.readouterr().err
    assert "front.log cannot be written" in said
    assert "Still said." in said


@pytest.mark.timeout(180)
def test_a_whole_edit_at_debug_leaves_no_key_and_no_pixel_in_any_log(tmp_path: Path) -> None:
    """The real front and worker; also an edit that is refused, and one that fails."""
    home = tmp_path / "home"
    keys = home / "keys"
    make_keys(keys)
    ready = tmp_path / "ready.json"
    options = ["--device", "cpu", "--until-stdin-closes", "--ready-file", str(ready)]
    with (tmp_path / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend", "serve", *options],
            cwd=ROOT,
            env={**os.environ, "SDEDIT_HOME": str(home), "SDEDIT_LOG": "debug"},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    try:
        eventually(ready.exists)
        edit_marked_pixels(str(json.loads(ready.read_text())["address"]), keys)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        assert process.stdin is not None
        process.stdin.close()

    logs = [tmp_path / "output.log", *(home / "logs").iterdir()]
    said = b"".join(path.read_bytes() for path in logs)
    assert b" DEBUG " in said, "it was logged at DEBUG"
    assert len(logs) >= 3, "front and worker have logs of their own"
    for name, secret in secrets_of(keys).items():
        assert secret not in said, name
    for name, form in forms_of(MARK).items():
        assert form not in said, f"pixels {name}"


def test_what_holds_keys_or_pixels_does_not_show_them(tmp_path: Path) -> None:
    """Whoever logs such a thing, or lets it into a stack trace, gives nothing away."""
    make_keys(tmp_path / "keys")
    shown = [repr(load_server_keys(tmp_path / "keys")), repr(load_client_keys(tmp_path / "keys"))]
    guide = Image(Bounds(0, 0, 2, 1), PixelFormat(), 2 * MARK)
    shown += [repr(EditRequest("job", guide, 2, 1)), repr(Result("job", (guide,), 1.0, {}))]
    said = "".join(shown).encode()
    for name, secret in secrets_of(tmp_path / "keys").items():
        assert secret not in said or "public" in name, name
    for name, form in forms_of(MARK).items():
        assert form not in said, name


def edit_marked_pixels(address: str, keys: Path) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    client = Client(address, load_client_keys(keys), context)
    bounds = Bounds(0, 0, SIDE_PX, SIDE_PX)
    pixels = SIDE_PX * SIDE_PX
    guide = Image(bounds, PixelFormat(), MARK * pixels)
    mask = Image(bounds, MASK, MARK * (pixels // len(MARK)))
    requests = [
        EditRequest("made", guide, SIDE_PX, SIDE_PX, mask=mask, t0=0.01, steps=1),
        EditRequest("refused", guide, SIDE_PX, SIDE_PX, model="no-such-model"),
        EditRequest("failing", guide, SIDE_PX, SIDE_PX, sampler="no-such-sampler"),
    ]
    try:
        client.wait_until_connected(PATIENCE_S)
        client.send(Hello("test"))
        client.send(Ping(1))
        answers: dict[str, object] = {}
        for request in requests:
            client.send(request)
        while len(answers) < len(requests):
            for message in client.wait(PATIENCE_S):
                if isinstance(message, (Result, Failed)):
                    answers[message.job_id] = message
        assert isinstance(answers["made"], Result)
        assert isinstance(answers["refused"], Failed)
        assert isinstance(answers["failing"], Failed)
    finally:
        client.close()
        context.term()


def secrets_of(keys: Path) -> dict[str, bytes]:
    """Every key of the installation, secret and public."""
    server, client = load_server_keys(keys), load_client_keys(keys)
    return {
        "server's public": server.public.encode(),
        "server's secret": server.secret.encode(),
        "client's public": client.public.encode(),
        "client's secret": client.secret.encode(),
    }


def forms_of(mark: bytes) -> dict[str, bytes]:
    """How two neighbouring pixels could look in a log."""
    two = 2 * mark
    forms = {
        "as they are": two,
        "in hex": two.hex().encode(),
        "in upper hex": two.hex().upper().encode(),
        "as escapes": "".join(f"\\x{value:02x}" for value in two).encode(),
        "as numbers": ", ".join(str(value) for value in two).encode(),
        "as spaced numbers": " ".join(str(value) for value in two).encode(),
    }
    for shift in range(3):
        # The letters in the midst depend on where a group of three bytes begins.
        forms[f"in base64, from byte {shift}"] = base64.b64encode((4 * mark)[shift:])[4:12]
    return forms
