"""What is set once and seldom changed: backend, device, history, and which models there are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..core import Core
from ..i18n import _
from ..installation import Installation
from ..model_import import ModelImport
from ..notices import failure
from ..panel_state import ImportState, PanelState
from ..protocol.errors import SDEditError
from .feature import Feature, Handlers


@dataclass(frozen=True)
class ImportModel:
    """Make a model of this checkpoint: a file, a folder, or "owner/name" on the hub."""

    source: str


@dataclass(frozen=True)
class StopImport:
    """Give the import up."""


@dataclass(frozen=True)
class ChangeBackend:
    """Use the backend of this name, "" for this machine's, on this device, with this history."""

    name: str
    device: str
    history_mb: int


class Preferences(Feature):
    """Follows one import at a time, and has the link use the backend that is chosen."""

    def __init__(self, core: Core, installation: Installation | SDEditError) -> None:
        super().__init__(core)
        self._installation = installation
        self._import: ModelImport | None = None
        self._state = ImportState()
        self._backends: tuple[str, ...] = ()
        core.link.use(core.settings.backend)

    def handlers(self) -> Handlers:
        return {
            ImportModel: self._begin_import,
            StopImport: lambda _: self.close(),
            ChangeBackend: self._change_backend,
        }

    def show(self, state: PanelState) -> PanelState:
        return replace(
            state,
            model_import=self._state,
            backends=self._backends,
            device=self._core.link.device,
        )

    @property
    def is_lively(self) -> bool:
        return self._import is not None

    def tick(self) -> None:
        running = self._import
        if running is None:
            return
        self._state = ImportState(running.words, not running.is_over, running.percent)
        if running.is_over:
            self._import = None
            self._core.link.ask_for_models()
        self._core.show()

    def close(self) -> None:
        if self._import is not None:
            self._import.stop()
            self._import = None
            self._state = ImportState(_("Stopped. What is downloaded already is kept."))

    def look_for_backends(self) -> None:
        """A pairing may have been made in a terminal."""
        self._backends = tuple(self._core.link.backends())

    def _begin_import(self, command: ImportModel) -> None:
        if self._import is not None:
            return
        try:
            if isinstance(self._installation, SDEditError):
                raise self._installation
            self._import = ModelImport(self._installation, command.source)
            self._state = ImportState(self._import.words, is_under_way=True)
        except SDEditError as error:
            self._state = ImportState(f"{error.sentence} {error.hint}")
            self._core.say(failure(error))

    def _change_backend(self, command: ChangeBackend) -> None:
        before = self._core.settings
        self._core.change(
            backend=command.name, device=command.device, history_mb=command.history_mb
        )
        after = self._core.settings
        self._core.link.use(after.backend)
        if before.serve_arguments() != after.serve_arguments():
            self._core.link.renew()
