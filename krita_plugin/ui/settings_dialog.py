"""The settings window: the backend and its device, and the models."""

from __future__ import annotations

from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtCore, QtWidgets
from ..slots import slot
from .backend_page import BackendPage
from .models_page import ModelsPage

WIDTH_PX, HEIGHT_PX = 560, 420


class SettingsDialog(QtWidgets.QDialog):
    """Stays open beside the canvas; what is changed counts at once, or when it says so."""

    asked = QtCore.pyqtSignal(object)
    """A command."""

    def __init__(self, parent: QtWidgets.QWidget, keys: str, models: str) -> None:
        """``keys`` and ``models``: those folders, "" when nothing is installed."""
        super().__init__(parent)
        self.setObjectName("sdedit_settings")
        self.setWindowTitle(_("SDEdit settings"))
        self.resize(WIDTH_PX, HEIGHT_PX)
        self._backend = BackendPage(keys)
        self._models = ModelsPage(models)
        tabs = QtWidgets.QTabWidget()
        tabs.addTab(self._models, _("Models"))
        tabs.addTab(self._backend, _("Backend"))
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Close)
        for button in buttons.buttons():
            button.setAutoDefault(False)
        buttons.rejected.connect(self._finish)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(tabs)
        layout.addWidget(buttons)
        for page in (self._backend, self._models):
            page.asked.connect(self.asked)

    def show_state(self, state: PanelState) -> None:
        """Draw ``state``."""
        self._backend.show_state(state)
        self._models.show_state(state)

    @slot
    def closeEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802
        """However it is closed, what is typed counts."""
        self._backend.take_typed()
        super().closeEvent(event)

    @slot
    def _finish(self) -> None:
        self.close()
