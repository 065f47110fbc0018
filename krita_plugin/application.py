"""The plugin put together: one core for all of Krita's windows, and the clock that drives it."""

from __future__ import annotations

import functools
import logging
import time
from pathlib import Path
from typing import Callable

from .commands import Cancel, Generate, GoToPanel
from .core import Core
from .features.auto_t0 import AutoT0
from .features.compare import Compare
from .features.frames import Frames
from .features.history import HistoryList
from .features.live import Live, StrokeBegan, StrokeEnded, SwitchLive
from .features.model_choice import ModelChoice
from .features.outline import Outline
from .features.preferences import Preferences
from .features.recipe_actions import RecipeActions
from .features.strip import Keep, MakeStrip, Strip
from .features.t0_map_choice import T0MapChoice
from .features.t0_of_document import T0OfDocument
from .features.way_choice import WayChoice
from .gallery import OnCanvas
from .i18n import _
from .installation import Installation, read_installation
from .krita_adapter import host
from .krita_adapter.canvas_overlay import CanvasOverlay
from .krita_adapter.krita_studio import KritaStudio
from .krita_adapter.stroke_watch import StrokeWatch
from .link.backend_link import BackendLink
from .link.conversation import Connection
from .panel_state import PanelState
from .protocol import VERSION
from .protocol.bounds import Bounds
from .protocol.errors import SDEditError
from .qt import QtCore, QtWidgets
from .settings import Settings
from .slots import log_to, slot, when_something_went_wrong
from .ui.panel import Panel
from .ui.scrolled import Scrolled
from .ui.settings_dialog import SettingsDialog
from .vendored import import_libraries

log = logging.getLogger(__name__)

HERE = Path(__file__).resolve().parent
ACTIONS: dict[str, tuple[str, object]] = {
    "sdedit_generate": (_("SDEdit: Generate"), Generate()),
    "sdedit_cancel": (_("SDEdit: Cancel"), Cancel()),
    "sdedit_strip": (_("SDEdit: Strip of t0"), MakeStrip()),
    "sdedit_live": (_("SDEdit: Live on or off"), SwitchLive()),
    "sdedit_apply": (_("SDEdit: Apply the chosen picture"), Keep()),
    "sdedit_panel": (_("SDEdit: Go to the panel"), GoToPanel()),
}
"""For each action of `sdedit.action`, its text in the artist's language and what it asks for.

The texts of that file are Krita's to translate; they stay English.
"""
LIVELY_MS = 100
CALM_MS = 1000


class Application:
    """Everything the plugin has in one Krita."""

    def __init__(self) -> None:
        self._panels: list[Panel] = []
        self._overlay = CanvasOverlay()
        self._strokes = StrokeWatch(self._stroke_began, self._stroke_ended)
        self._on_canvas: OnCanvas | None = None
        texts = host.read_settings(list(Settings().to_text()))
        self._dialog: SettingsDialog | None = None
        self._installation = _find_installation()
        link = BackendLink(
            self._installation,
            self._connect,
            serve_arguments=lambda: self._core.settings.serve_arguments(),
        )
        self._core = Core(KritaStudio(), link, Settings.from_text(texts), self._show)
        self._remembered = self._core.settings
        self._timer = QtCore.QTimer()
        self._timer.timeout.connect(self._tick)
        # Fires as soon as Qt has dealt with the events that are there.
        self._next_step = QtCore.QTimer()
        self._next_step.setSingleShot(True)
        self._next_step.timeout.connect(self._receive)
        strip = Strip(self._core)
        self._preferences = Preferences(self._core, self._installation)
        for feature in (
            T0OfDocument(self._core),
            WayChoice(self._core),
            T0MapChoice(self._core),
            Frames(self._core),
            Outline(self._core),
            strip,
            Live(self._core, keep_other=strip.handlers()[Keep]),
            Compare(self._core),
            AutoT0(self._core),
            ModelChoice(self._core),
            HistoryList(self._core),
            RecipeActions(self._core),
            self._preferences,
        ):
            self._core.add(feature)
        log.info("Loaded in %s; the plugin is %s.", host.version_in_words(), VERSION)
        when_something_went_wrong(self._core.report)
        host.when_closing(self._close)

    def register(self) -> None:
        """Hand docker and actions to Krita."""
        host.register(
            self._make_panel,
            {name: (text, self._shortcut(command)) for name, (text, command) in ACTIONS.items()},
            self._look,
        )

    def _shortcut(self, command: object) -> Callable[[], None]:
        if isinstance(command, GoToPanel):
            return self._go_to_panel
        return functools.partial(self._ask_by_shortcut, command)

    @slot
    def _go_to_panel(self) -> None:
        """In the window that the artist is in; a docker that is closed opens."""
        for panel in self._panels:
            if host.is_in_active_window(panel):
                host.show_docker_of(panel)
                panel.take_keyboard()

    def _make_panel(self) -> QtWidgets.QWidget:
        panel = Panel(self._core.state, host.icon)
        panel.asked.connect(self._ask)
        panel.settings_wanted.connect(lambda: self._open_settings(panel))
        panel.destroyed.connect(lambda: self._forget(panel))
        self._panels.append(panel)
        self._set_pace()
        return Scrolled(panel)

    @slot
    def _open_settings(self, panel: Panel) -> None:
        """One window for all panels, in front of the one that asked for it."""
        self._preferences.look_for_backends()
        if self._dialog is None:
            keys, models = "", ""
            if isinstance(self._installation, Installation):
                keys, models = str(self._installation.keys), str(self._installation.models)
            self._dialog = SettingsDialog(panel.window(), keys, models)
            self._dialog.asked.connect(self._ask)
            self._dialog.destroyed.connect(self._forget_dialog)
        self._core.link.ensure_warm()  # it tells which models there are
        self._core.show()
        self._dialog.show_state(self._core.state)
        self._dialog.show()
        self._dialog.raise_()
        self._set_pace()

    @slot
    def _forget_dialog(self) -> None:
        self._dialog = None

    def _forget(self, panel: Panel) -> None:
        self._panels = [other for other in self._panels if other is not panel]

    def _connect(self, address: str, keys: Path) -> Connection:
        # Imported late: without the vendored libraries the docker must still appear.
        from .link.connection import QtConnection

        return QtConnection(address, keys, self._receive)

    @slot
    def _show(self, state: PanelState) -> None:
        for panel in self._panels:
            panel.show_state(state)
        if self._dialog is not None:
            self._dialog.show_state(state)
        self._strokes.watch(state.is_live)
        if state.on_canvas != self._on_canvas:
            self._on_canvas = state.on_canvas
            self._overlay.show(state.on_canvas)
        if state.settings != self._remembered:
            self._remembered = state.settings
            host.write_settings(state.settings.to_text())
        self._set_pace()

    @slot
    def _tick(self) -> None:
        is_seen = any(panel.isVisible() for panel in self._panels)
        self._strokes.watch(self._core.state.is_live)
        if is_seen or self._core.is_lively:
            self._core.tick()
        else:
            self._core.receive()
        self._set_pace()

    @slot
    def _receive(self) -> None:
        self._core.receive()
        self._set_pace()

    @slot
    def _look(self) -> None:
        self._core.look()

    @slot
    def _ask(self, command: object) -> None:
        self._core.do(command)
        self._set_pace()

    @slot
    def _ask_by_shortcut(self, command: object) -> None:
        for panel in self._panels:
            panel.take_typed()
        self._ask(command)

    def _stroke_began(self) -> None:
        self._ask(StrokeBegan())

    def _stroke_ended(self, area: Bounds | None) -> None:
        self._ask(StrokeEnded(area))

    @slot
    def _close(self) -> None:
        self._timer.stop()
        began = time.monotonic()
        self._core.close()
        log.info("Krita ends; the backend was ended in %.2f s.", time.monotonic() - began)

    def _set_pace(self) -> None:
        wanted = LIVELY_MS if self._core.is_lively else CALM_MS
        if not self._timer.isActive() or self._timer.interval() != wanted:
            self._timer.start(wanted)
        if self._core.is_in_steps and not self._next_step.isActive():
            self._next_step.start(0)


def _find_installation() -> Installation | SDEditError:
    """Where the backend is, or why it cannot be used."""
    try:
        installation = read_installation(HERE / "install.json")
        import_libraries(HERE / "vendor")
    except SDEditError as error:
        return error
    try:
        log_to(installation.logs / "plugin.log")
    except OSError as error:
        return SDEditError(
            _("SDEdit cannot write to {folder} ({error}).").format(
                folder=installation.logs, error=error.strerror
            ),
            _("Make that folder writable, or run install.py again."),
        )
    return installation
