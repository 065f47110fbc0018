"""The front as a process: it puts the parts together, says where it listens, and ends cleanly."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import zmq

from backend.children import module_command
from backend.history.store import HistoryStore
from backend.lifeline import when_stdin_closes
from backend.log_files import own_log
from protocol.limits import LIMITS, TIMEOUTS, Limits, Timeouts

from .admission import Admission
from .doors import check_door
from .engine import Engine
from .known_models import Records
from .local_pool import LocalPool, MakeCommand
from .memory import bound_memory
from .patience import PoolTimes
from .ray_engine import MakeBridge, RayEngine
from .ready_file import ReadyFile
from .server import Front

log = logging.getLogger(__name__)

IO_THREADS = 4
"""An I/O thread encrypts a 64 MB picture in one go (some 0.1 s, more on a busy machine), and
everything else that it serves waits meanwhile; ZeroMQ spreads the connections over these."""
LOOPBACK = "tcp://127.0.0.1:*"


@dataclass(frozen=True)
class FrontOptions:
    """What a front is started with; every path is absolute."""

    keys: Path
    make_command: MakeCommand
    address: str = LOOPBACK
    is_open: bool = False
    """Whether other machines may reach the address."""
    devices: tuple[str, ...] = ("auto",)
    make_bridge: MakeBridge | None = None
    """Starts the bridge to a Ray cluster, which then does the work in place of workers here."""
    ready_file: Path | None = None
    until_stdin_closes: bool = False
    list_models: Callable[[], Records] = tuple
    """What clients are told of this machine's models."""
    limits: Limits = LIMITS
    timeouts: Timeouts = TIMEOUTS
    times: PoolTimes = field(default_factory=PoolTimes)
    history: HistoryStore | None = None
    """Where finished edits are kept; None and they are not."""


def worker_command(logs: Path) -> MakeCommand:
    """Starts the workers that come with us; each has a log of its own in ``logs``."""

    def make(device: str, number: int) -> tuple[str, ...]:
        log_file = str(own_log(logs, f"worker-{number}"))
        return (*module_command("backend.worker"), "--device", device, "--log", log_file)

    return make


def bridge_command(logs: Path, token: Path, cluster: str, device: str) -> MakeBridge:
    """Starts the bridge that comes with us; its workers compute on ``device``."""

    def make() -> tuple[str, ...]:
        log_file = str(own_log(logs, "bridge"))
        command = (*module_command("backend.cluster"), "--token", str(token), "--log", log_file)
        return (*command, "--address", cluster, "--device", device)

    return make


def run_front(options: FrontOptions) -> None:
    """Serve until SIGINT, SIGTERM or, if so asked, the end of stdin; workers end with us.

    Raises SDEditError when it cannot start: keys, address, ready file.
    """
    check_door(options.address, options.is_open, options.keys)
    bound_memory()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(io_threads=IO_THREADS)
    admission = Admission(context)
    engine = _make_engine(context, admission, options)
    ready_file = None if options.ready_file is None else ReadyFile(options.ready_file)
    try:
        front = Front(
            context,
            admission,
            engine,
            options.keys,
            options.limits,
            options.timeouts,
            options.history,
        )
        try:
            address = front.bind(options.address)
            stop = threading.Event()
            _stop_on_signals(stop)
            if options.until_stdin_closes:
                when_stdin_closes(lambda: _stop_or_die(stop, ready_file))
            _announce(address, ready_file)
            try:
                front.run(stop)
            except Exception:
                log.exception("The front ends.")  # its last word also in the log file
                raise
        finally:
            front.close()
    finally:
        engine.close()
        admission.close()
        context.term()
        if ready_file is not None:
            ready_file.withdraw()
    log.info("Stopped.")


def _make_engine(
    context: zmq.Context[zmq.Socket[bytes]], admission: Admission, options: FrontOptions
) -> Engine:
    if options.make_bridge is not None:
        return RayEngine(context, admission, options.make_bridge, options.times)
    return LocalPool(
        context,
        admission,
        options.devices,
        options.make_command,
        options.list_models,
        options.times,
    )


def _announce(address: str, ready_file: ReadyFile | None) -> None:
    """Say where we listen."""
    if ready_file is not None:
        ready_file.announce(address)
    log.info("Listening at %s.", address)
    with contextlib.suppress(OSError):  # a log on a full disk is no reason not to serve
        print(f"SDEdit listens at {address}.", flush=True)


def _stop_on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())


def _stop_or_die(stop: threading.Event, ready_file: ReadyFile | None) -> None:
    """Ask the loop to stop; should it hang, end the process all the same."""
    stop.set()
    if ready_file is not None:
        ready_file.withdraw()  # at once: who closed stdin may be waiting to see it
    threading.Event().wait(3 * TIMEOUTS.stop_s)
    os._exit(1)
