"""One finished picture in the docker: how it looks, its t0, and how it came out."""

from __future__ import annotations

from ..gallery import Candidate
from ..panel_state import local_number
from ..qt import QtCore, QtGui, QtWidgets
from ..qt_pictures import Picture
from ..readings import faithful_share, in_numbers, in_words, real_share
from ..slots import slot

FRAME_PX = 2
GAP_PX = 3
BAR_PX = 3
WEAK_ALPHA = 70
REAL = QtGui.QColor("#4e9a5a")
"""Green, beside the highlight's blue: told apart on dark and on bright themes."""
_Key = QtCore.Qt.Key
OURS = {_Key.Key_Return, _Key.Key_Enter, _Key.Key_Tab, _Key.Key_Backtab}
STEPS = {_Key.Key_Left: -1, _Key.Key_Up: -1, _Key.Key_Right: 1, _Key.Key_Down: 1}
_Align = QtCore.Qt.AlignmentFlag
_Role = QtGui.QPalette.ColorRole


class CandidateButton(QtWidgets.QAbstractButton):
    """A click keeps it; the pointer or the keyboard on it shows it on the canvas."""

    pointed = QtCore.pyqtSignal(bool)
    stepped = QtCore.pyqtSignal(int)
    """An arrow key: to the one before, -1, or after, 1."""

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._candidate: Candidate | None = None
        self._picture: Picture | None = None
        self._label = ""
        self._is_chosen = self._is_kept = False
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)

    def show_candidate(self, candidate: Candidate, is_by_seed: bool) -> None:
        """Show this one from now on."""
        if candidate is not self._candidate:
            self._candidate = candidate
            shown = candidate.thumbnail or candidate.shown
            self._picture = None if shown is None else Picture(shown)
        seed, t0 = str(candidate.seed), local_number(candidate.t0)
        self._label = seed if is_by_seed else t0
        if candidate.repeat:
            self._label = f"×{candidate.repeat}"
        self.setAccessibleName(in_words(candidate, is_by_seed))
        self.setToolTip(in_numbers(candidate))
        self.update()

    def mark(self, is_chosen: bool, is_kept: bool) -> None:
        """Frame the chosen one; tick the one that is a layer."""
        if (is_chosen, is_kept) != (self._is_chosen, self._is_kept):
            self._is_chosen, self._is_kept = is_chosen, is_kept
            self.update()

    def aspect(self) -> float:
        """Height over width of its picture."""
        return 1.0 if self._picture is None else self._picture.aspect

    def caption_px(self) -> int:
        """Height of what stands below the picture."""
        return int(self.fontMetrics().height()) + 2 * (BAR_PX + GAP_PX) + GAP_PX

    # ------------------------------------------------------------ the artist

    @slot
    def enterEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802
        """Qt's call when the pointer comes in."""
        super().enterEvent(event)
        self.pointed.emit(True)

    @slot
    def leaveEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802
        """Qt's call when the pointer goes."""
        super().leaveEvent(event)
        self.pointed.emit(False)

    @slot
    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:  # noqa: N802
        """Qt's call when the keyboard comes in."""
        super().focusInEvent(event)
        self.pointed.emit(True)

    @slot
    def focusOutEvent(self, event: QtGui.QFocusEvent) -> None:  # noqa: N802
        """Qt's call when the keyboard goes."""
        super().focusOutEvent(event)
        self.pointed.emit(False)

    @slot
    def event(self, event: QtCore.QEvent) -> bool:
        """Our keys are ours while the keyboard is here: Krita turns frames with the arrows."""
        is_key = event.type() == QtCore.QEvent.Type.ShortcutOverride
        if is_key and (event.key() in STEPS or event.key() in OURS):
            event.accept()
            return True
        return bool(super().event(event))

    @slot
    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Arrows go to a neighbour; Return is a click, as Space is."""
        key = event.key()
        if key in STEPS:
            is_mirrored = self.isRightToLeft() and key in (_Key.Key_Left, _Key.Key_Right)
            self.stepped.emit(-STEPS[key] if is_mirrored else STEPS[key])
        elif key in (_Key.Key_Return, _Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    # ------------------------------------------------------------ the picture

    @slot
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802, ARG002
        """The picture, and below it t0 and the two bars."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        frame = QtCore.QRect(0, 0, self.width(), self.height() - self.caption_px())
        inner = frame.adjusted(FRAME_PX, FRAME_PX, -FRAME_PX, -FRAME_PX)
        if not self.isEnabled():
            painter.setOpacity(0.4)
        drawn = self._draw_picture(painter, inner)
        if self._is_chosen or self.hasFocus():
            self._draw_frame(painter, drawn)
        if self._is_kept:
            self._draw_tick(painter, drawn)
        self._draw_caption(painter, inner.left(), inner.width(), frame.bottom() + 1)
        painter.end()

    def _draw_picture(self, painter: QtGui.QPainter, inner: QtCore.QRect) -> QtCore.QRect:
        if self._picture is None or inner.isEmpty():
            painter.fillRect(inner, self.palette().color(_Role.Base))
            return inner
        return self._picture.draw(painter, inner, _Align.AlignCenter)

    def _draw_frame(self, painter: QtGui.QPainter, picture: QtCore.QRect) -> None:
        pen = QtGui.QPen(self.palette().color(_Role.Highlight), FRAME_PX)
        pen.setJoinStyle(QtCore.Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        painter.drawRect(QtCore.QRectF(picture).adjusted(-1, -1, 1, 1))

    def _draw_tick(self, painter: QtGui.QPainter, picture: QtCore.QRect) -> None:
        side = self.fontMetrics().height()
        disc = QtCore.QRectF(picture.right() - side - 2, picture.top() + 3, side, side)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(_Role.Highlight))
        painter.drawEllipse(disc)
        pen = QtGui.QPen(self.palette().color(_Role.HighlightedText), 1.6)
        pen.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        corners = ((0.28, 0.52), (0.45, 0.68), (0.74, 0.34))
        painter.drawPolyline(
            QtGui.QPolygonF(
                [QtCore.QPointF(disc.x() + x * side, disc.y() + y * side) for x, y in corners]
            )
        )

    def _draw_caption(self, painter: QtGui.QPainter, left: int, width: int, top: int) -> None:
        height = self.fontMetrics().height()
        place = QtCore.QRect(left, top, width, height)
        if self._is_chosen:
            font = self.font()
            font.setBold(True)
            painter.setFont(font)
        painter.setPen(self.palette().color(_Role.WindowText))
        # Of a long seed the last digits tell it from its neighbours.
        elide = QtCore.Qt.TextElideMode.ElideLeft
        label = painter.fontMetrics().elidedText(self._label, elide, width)
        painter.drawText(place, int(_Align.AlignCenter), label)
        if self._candidate is None:
            return
        bars = (
            (faithful_share(self._candidate), self.palette().color(_Role.Highlight)),
            (real_share(self._candidate), REAL),
        )
        y = top + height + GAP_PX
        for share, colour in bars:
            if share is not None:
                draw_bar(painter, QtCore.QRectF(left, y, width, BAR_PX), share, colour)
            y += BAR_PX + GAP_PX


def draw_bar(
    painter: QtGui.QPainter, whole: QtCore.QRectF, share: float, colour: QtGui.QColor
) -> None:
    """A bar of which ``share`` is filled, from where reading begins."""
    weak = QtGui.QColor(colour)
    weak.setAlpha(WEAK_ALPHA)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    is_mirrored = painter.layoutDirection() == QtCore.Qt.LayoutDirection.RightToLeft
    for width, brush in ((whole.width(), weak), (share * whole.width(), colour)):
        painter.setBrush(brush)
        left = whole.right() - width if is_mirrored else whole.left()
        painter.drawRoundedRect(
            QtCore.QRectF(left, whole.y(), width, whole.height()), BAR_PX / 2, BAR_PX / 2
        )
