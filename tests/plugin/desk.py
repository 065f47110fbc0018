"""The plugin's core at work: a studio, a backend, and someone who waits for things to happen."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sdedit.core import Core
from sdedit.features.auto_t0 import AutoT0
from sdedit.features.compare import Compare
from sdedit.features.strip import Strip
from sdedit.features.t0_map_choice import T0MapChoice
from sdedit.features.t0_of_document import T0OfDocument
from sdedit.features.way_choice import WayChoice
from sdedit.link.backend_link import BackendLink
from sdedit.panel_state import PanelState
from sdedit.protocol.client import Client
from sdedit.protocol.errors import SDEditError
from sdedit.protocol.pairing import find_backend
from sdedit.settings import Settings

from tests.plugin.fronts import Front
from tests.plugin.memory_studio import MemoryStudio

PATIENCE_S = 60.0
"""Bound of every wait; far beyond what anything takes, since the machine may be busy."""
TICK_S = 0.01


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until ``holds()``, without the core's doing anything meanwhile."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"not within {PATIENCE_S} s"
        time.sleep(TICK_S)


class Desk:
    """One artist's plugin. `wait_for` is its event loop."""

    def __init__(
        self,
        front: Front,
        settings: Settings | None = None,
        instead: SDEditError | None = None,
        clock: Callable[[], float] = time.monotonic,
        through: Callable[[str], str] = str,
    ) -> None:
        """``instead`` of an installation, a reason why there is none; ``through`` gives the
        address by which the plugin reaches the backend at an address."""
        self._through = through
        self.studio = MemoryStudio()
        self.address = ""
        self.link = BackendLink(instead or front.installation, self._connect, clock)
        self.states: list[PanelState] = []
        settings = settings or Settings(steps=3, seed=7, is_seed_random=False)
        self.core = Core(self.studio, self.link, settings, self.states.append, clock)
        self.core.add(WayChoice(self.core))
        self.core.add(T0MapChoice(self.core))
        for feature in (T0OfDocument, Strip, Compare, AutoT0):
            self.core.add(feature(self.core))
        self.core.look()

    @property
    def state(self) -> PanelState:
        return self.core.state

    @property
    def said(self) -> list[str]:
        """Every sentence that the panel has shown, each once in a row."""
        return [state.status for state in self.states]

    def wait_for(self, holds: Callable[[], bool], within_s: float = PATIENCE_S) -> float:
        """Tick until ``holds()``; the seconds it took."""
        began = time.monotonic()
        while not holds():
            spent = time.monotonic() - began
            assert spent < within_s, f"not within {within_s} s; it says: {self.state.status}"
            self.core.tick()
            time.sleep(TICK_S)
        return time.monotonic() - began

    def wait_for_status(self, part: str, within_s: float = PATIENCE_S) -> float:
        """Tick until the status holds these words."""
        return self.wait_for(lambda: part in self.state.status, within_s)

    def edit(self) -> None:
        """Press the button and wait until the edit is over."""
        self.core.press()
        self.wait_for(lambda: not self.state.is_working)

    def close(self) -> None:
        self.core.close()
        wait_for(lambda: not self.link.has_processes)

    def _connect(self, where: str, keys: Path) -> Client:
        backend = find_backend(keys, where)
        self.address = backend.address
        return Client(self._through(backend.address), backend.keys)
