"""Which backend works, on which device, and how much it keeps."""

from __future__ import annotations

from ..features.preferences import ChangeBackend
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtCore, QtWidgets
from ..settings import HISTORY_MB_MAX
from ..slots import slot
from .section import named, show_value

DEVICES = {
    "auto": _("The best there is"),
    "cpu": _("Processor"),
    "cuda:0": _("First NVIDIA or AMD GPU"),
    "cuda:1": _("Second NVIDIA or AMD GPU"),
    "mps": _("Apple GPU"),
}
PAIRING = _(
    "A backend on another machine is paired with in a terminal:\n"
    "    sdedit keys new\n"
    "says the line to run there; that says the line to run here. The keys lie in\n"
    "{folder}"
)


class BackendPage(QtWidgets.QWidget):
    """Says each change as one `ChangeBackend`."""

    asked = QtCore.pyqtSignal(object)

    def __init__(self, keys_folder: str) -> None:
        super().__init__()
        self._shown: tuple[str, ...] | None = None
        self._backend = named(QtWidgets.QComboBox(), "backend")
        self._device = named(QtWidgets.QComboBox(), "device")
        for name, title in DEVICES.items():
            self._device.addItem(title, name)
        self._history = named(QtWidgets.QSpinBox(), "history_mb")
        self._history.setRange(0, HISTORY_MB_MAX)
        self._history.setSingleStep(256)
        self._history.setSuffix(" MB")
        self._history.setSpecialValueText(_("Keep nothing"))
        self._history.setKeyboardTracking(False)
        self._running = QtWidgets.QLabel()
        self._running.setWordWrap(True)
        pairing = QtWidgets.QLabel(PAIRING.format(folder=keys_folder))
        pairing.setWordWrap(True)
        pairing.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        form = QtWidgets.QFormLayout(self)
        form.addRow(_("Backend"), self._backend)
        form.addRow(_("Device"), self._device)
        form.addRow(_("History"), self._history)
        form.addRow(_("Now"), self._running)
        form.addRow(pairing)
        self._backend.activated.connect(self._changed)
        self._device.activated.connect(self._changed)
        self._history.valueChanged.connect(self._changed)

    def show_state(self, state: PanelState) -> None:
        """Draw ``state``."""
        settings = state.settings
        names = ("", *state.backends)
        if names != self._shown:
            self._shown = names
            self._backend.clear()
            for name in names:
                self._backend.addItem(name or _("This machine"), name)
        for box, value in ((self._backend, settings.backend), (self._device, settings.device)):
            show_value(box, box.currentIndex(), box.setCurrentIndex, box.findData(value))
        history = self._history
        show_value(history, history.value(), history.setValue, settings.history_mb)
        # Another machine's backend has been started by somebody else.
        for widget in (self._device, self._history):
            widget.setEnabled(not settings.backend)
        self._running.setText(state.device or _("The backend does not run yet."))

    def take_typed(self) -> None:
        """Take over what is typed in the number field."""
        self._history.interpretText()

    @slot
    def _changed(self) -> None:
        self.asked.emit(
            ChangeBackend(
                str(self._backend.currentData() or ""),
                str(self._device.currentData() or "auto"),
                self._history.value(),
            )
        )
