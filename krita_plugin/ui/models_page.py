"""The models there are, and how another one is added."""

from __future__ import annotations

from ..features.model_choice import ChooseModel
from ..features.preferences import ImportModel, StopImport
from ..i18n import _
from ..model_facts import ModelFacts
from ..panel_state import PanelState
from ..qt import QtCore, QtGui, QtWidgets
from ..slots import slot
from .section import named

COLUMNS = (_("Model"), _("Licence"), _("Size"), _("Scale"), "SDE")
CHECKPOINTS = _("Checkpoints") + " (*.ckpt *.pth *.pt *.safetensors);;" + _("All files") + " (*)"


class ModelsPage(QtWidgets.QWidget):
    """A table to choose from, and the import's line below it."""

    asked = QtCore.pyqtSignal(object)

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self._shown: tuple[ModelFacts, ...] = ()
        self._table = named(QtWidgets.QTreeWidget(), "models")
        self._table.setHeaderLabels(COLUMNS)
        self._table.setRootIsDecorated(False)
        self._table.setUniformRowHeights(True)
        header = self._table.header()
        header.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QtWidgets.QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        self._file = named(QtWidgets.QPushButton(_("Import file…")), "import_file")
        self._directory = named(QtWidgets.QPushButton(_("Import folder…")), "import_folder")
        self._open = named(QtWidgets.QPushButton(_("Show folder")), "models_folder")
        self._hub = named(QtWidgets.QLineEdit(), "hub_name")
        self._hub.setPlaceholderText(_("owner/name on the Hugging Face hub"))
        self._download = named(QtWidgets.QPushButton(_("Download")), "download")
        self._words = named(QtWidgets.QLabel(), "import_words")
        self._words.setWordWrap(True)
        self._progress = named(QtWidgets.QProgressBar(), "import_progress")
        self._stop = named(QtWidgets.QPushButton(_("Stop")), "import_stop")
        for button in self._buttons:
            button.setAutoDefault(False)  # Return in the field means Download alone
        self._lay_out()
        self._table.itemClicked.connect(self._chosen)
        self._table.itemActivated.connect(self._chosen)
        self._file.clicked.connect(self._import_file)
        self._directory.clicked.connect(self._import_folder)
        self._open.clicked.connect(self._show_folder)
        self._download.clicked.connect(self._start_download)
        self._hub.returnPressed.connect(self._start_download)
        self._stop.clicked.connect(self._stop_import)

    @property
    def _buttons(self) -> tuple[QtWidgets.QPushButton, ...]:
        return self._file, self._directory, self._open, self._download, self._stop

    def show_state(self, state: PanelState) -> None:
        """Draw ``state``."""
        if state.models != self._shown:
            self._shown = state.models
            self._fill(state.models)
        for row in range(self._table.topLevelItemCount()):
            item = self._table.topLevelItem(row)
            font = item.font(0)
            font.setBold(self._shown[row].name == state.settings.model)
            item.setFont(0, font)
        running = state.model_import
        for button in (self._file, self._directory, self._download, self._hub):
            button.setEnabled(not running.is_under_way)
        for widget in (self._progress, self._stop):
            widget.setVisible(running.is_under_way)
        self._progress.setRange(0, 0 if running.percent is None else 100)
        self._progress.setValue(running.percent or 0)
        self._words.setText(running.words)

    def _fill(self, models: tuple[ModelFacts, ...]) -> None:
        self._table.clear()
        for model in models:
            cells = [model.title, model.licence, model.size, model.scale, model.sde]
            self._table.addTopLevelItem(QtWidgets.QTreeWidgetItem(cells))

    def _lay_out(self) -> None:
        files = QtWidgets.QHBoxLayout()
        for button in (self._file, self._directory, self._open):
            files.addWidget(button)
        files.addStretch(1)
        hub = QtWidgets.QHBoxLayout()
        hub.addWidget(self._hub, 1)
        hub.addWidget(self._download)
        progress = QtWidgets.QHBoxLayout()
        progress.addWidget(self._progress, 1)
        progress.addWidget(self._stop)
        column = QtWidgets.QVBoxLayout(self)
        column.addWidget(self._table, 1)
        column.addLayout(files)
        column.addLayout(hub)
        column.addWidget(self._words)
        column.addLayout(progress)

    @slot
    def _chosen(self) -> None:
        row = self._table.indexOfTopLevelItem(self._table.currentItem())
        if row >= 0:
            self.asked.emit(ChooseModel(self._shown[row].name))

    @slot
    def _import_file(self) -> None:
        title = _("Import a model")
        path = QtWidgets.QFileDialog.getOpenFileName(self, title, "", CHECKPOINTS)[0]
        self._import(path)

    @slot
    def _import_folder(self) -> None:
        title = _("Import a model's folder")
        self._import(QtWidgets.QFileDialog.getExistingDirectory(self, title))

    @slot
    def _start_download(self) -> None:
        self._import(self._hub.text().strip())

    def _import(self, source: str) -> None:
        if source:
            self.asked.emit(ImportModel(source))

    @slot
    def _stop_import(self) -> None:
        self.asked.emit(StopImport())

    @slot
    def _show_folder(self) -> None:
        QtCore.QDir().mkpath(self._folder)
        QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(self._folder))
