"""Run by `test_panel` once for each Qt: the panel by keyboard alone, and from right to left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sdedit.features.history import UseAgain
from sdedit.features.strip import Keep, PointAt
from sdedit.qt import QtCore, QtGui, QtWidgets
from sdedit.ui.panel import Panel
from sdedit.ui.scrolled import Scrolled

from tests.plugin.full_panel import full_state

Key = QtCore.Qt.Key
WIDTH_PX = 260


@pytest.fixture
def around(application: QtWidgets.QApplication) -> Iterator[Scrolled]:
    """A full panel in its docker, everything unfolded, the history shown."""
    around = Scrolled(Panel(full_state()))
    around.resize(WIDTH_PX, 1300)
    find(around, "more").setChecked(True)
    find(around, "tabs").setCurrentIndex(1)
    around.show()
    around.activateWindow()
    application.processEvents()
    yield around
    around.close()


def find(around: QtWidgets.QWidget, name: str) -> QtWidgets.QWidget:
    (widget,) = around.findChildren(QtWidgets.QWidget, f"sdedit_{name}")
    return widget


def press(application: QtWidgets.QApplication, key: Key) -> None:
    """A key as it comes to the widget that has the keyboard."""
    focused = application.focusWidget()
    for kind in (QtCore.QEvent.Type.KeyPress, QtCore.QEvent.Type.KeyRelease):
        nothing = QtCore.Qt.KeyboardModifier.NoModifier
        application.sendEvent(focused, QtGui.QKeyEvent(kind, key, nothing))
    application.processEvents()


def place_of(widget: QtWidgets.QWidget, around: QtWidgets.QWidget) -> QtCore.QPoint:
    return widget.mapTo(around, widget.rect().center())


def test_tab_goes_through_everything_in_reading_order(application, around: Scrolled) -> None:
    around.widget().take_keyboard()
    names, tops = [], []
    while application.focusWidget().objectName() not in names:
        focused = application.focusWidget()
        names.append(focused.objectName())
        tops.append(focused.mapTo(around, QtCore.QPoint(0, 0)).y())
        press(application, Key.Key_Tab)
    assert names[0] == "sdedit_guide"
    assert all(later - earlier > -8 for earlier, later in zip(tops, tops[1:])), names
    none = QtCore.Qt.FocusPolicy.NoFocus
    unreached = {
        widget.objectName()
        for widget in around.findChildren(QtWidgets.QWidget)
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() != none
    } - set(names)
    # The fields' own insides, and words that the pointer can mark.
    assert unreached <= {"qt_spinbox_lineedit", "sdedit_status"}


def test_shift_tab_goes_back_the_same_way_and_round(application, around: Scrolled) -> None:
    around.widget().take_keyboard()
    onwards = []
    while application.focusWidget() not in onwards:
        onwards.append(application.focusWidget())
        press(application, Key.Key_Tab)
    assert application.focusWidget() is onwards[0]
    for widget in reversed(onwards):
        press(application, Key.Key_Backtab)
        assert application.focusWidget() is widget


def test_krita_does_not_get_the_keys_that_move_in_the_panel(application, around: Scrolled) -> None:
    def is_ours(key: Key, modifier: QtCore.Qt.KeyboardModifier) -> bool:
        event = QtGui.QKeyEvent(QtCore.QEvent.Type.ShortcutOverride, key, modifier)
        event.ignore()
        application.sendEvent(application.focusWidget(), event)
        return bool(event.isAccepted())

    modifier = QtCore.Qt.KeyboardModifier
    for name in ("t0_slider", "steps", "generate", "history", "tabs", "place"):
        find(around, name).setFocus()
        assert is_ours(Key.Key_Tab, modifier.NoModifier), name
        assert is_ours(Key.Key_Backtab, modifier.ShiftModifier), name
        assert is_ours(Key.Key_Left, modifier.NoModifier), name
    find(around, "generate").setFocus()
    assert not is_ours(Key.Key_S, modifier.ControlModifier)


def test_escape_gives_the_keyboard_back_and_what_was_typed_counts(
    application, around: Scrolled
) -> None:
    heard: list[object] = []
    around.widget().asked.connect(heard.append)
    steps = find(around, "steps")
    steps.setFocus()
    steps.findChild(QtWidgets.QLineEdit).setText("33")
    press(application, Key.Key_Escape)
    assert application.focusWidget() is None
    assert [command.values for command in heard if hasattr(command, "values")] == [{"steps": 33}]


def test_the_history_is_used_by_return_and_its_menu_by_the_menu_key(
    application, around: Scrolled
) -> None:
    heard: list[object] = []
    around.widget().asked.connect(heard.append)
    history = find(around, "history")
    history.setFocus()
    history.setCurrentRow(0)
    press(application, Key.Key_Right)
    assert history.currentRow() == 1
    press(application, Key.Key_Return)
    assert heard[-1] == UseAgain("1", 0)
    reason = QtGui.QContextMenuEvent.Reason.Keyboard
    place = QtCore.QPoint(20, 20)
    application.sendEvent(
        history, QtGui.QContextMenuEvent(reason, place, history.mapToGlobal(place))
    )
    (menu,) = around.findChildren(QtWidgets.QMenu, "sdedit_history_menu")
    assert menu.isVisible()
    menu.close()


def test_thumbnails_are_gone_through_by_arrows_and_kept_by_return(
    application, around: Scrolled
) -> None:
    heard: list[object] = []
    around.widget().asked.connect(heard.append)
    find(around, "candidate_0").setFocus()
    press(application, Key.Key_Right)
    assert PointAt(1) in heard
    press(application, Key.Key_Return)
    assert Keep(1) in heard


def test_a_low_docker_scrolls_and_nothing_lies_over_anything(application, around: Scrolled) -> None:
    for height in (900, 700, 400):
        around.resize(WIDTH_PX, height)
        for _ in range(4):
            application.processEvents()
        grid = find(around, "candidate_0").parentWidget()
        last, words = find(around, "candidate_4"), find(around, "candidate_words")
        assert last.geometry().bottom() <= grid.height()
        assert words.geometry().top() > grid.geometry().bottom()
        assert around.height() == height
    around.widget().take_keyboard()
    for _ in range(60):
        press(application, Key.Key_Tab)
        focused = application.focusWidget()
        if focused.objectName() == "sdedit_history_more":
            break
    assert not focused.visibleRegion().isEmpty(), "the keyboard scrolls what it reaches into sight"


def test_the_page_that_is_not_shown_takes_no_room(application, around: Scrolled) -> None:
    panel, tabs = around.widget(), find(around, "tabs")
    with_history = panel.heightForWidth(WIDTH_PX)
    tabs.setCurrentIndex(0)
    application.processEvents()
    assert panel.heightForWidth(WIDTH_PX) < with_history


# ---------------------------------------------------------------- from right to left


@pytest.fixture
def mirrored(application: QtWidgets.QApplication) -> Iterator[Scrolled]:
    """The panel as in an Arabic Krita."""
    application.setLayoutDirection(QtCore.Qt.LayoutDirection.RightToLeft)
    around = Scrolled(Panel(full_state()))
    around.resize(WIDTH_PX, 1300)
    around.show()
    around.activateWindow()
    application.processEvents()
    yield around
    around.close()
    application.setLayoutDirection(QtCore.Qt.LayoutDirection.LeftToRight)


def test_what_is_first_stands_at_the_right(mirrored: Scrolled) -> None:
    def x(name: str) -> int:
        return place_of(find(mirrored, name), mirrored).x()

    assert x("strip") > x("compare") > x("auto")
    assert x("candidate_0") > x("candidate_1")
    assert x("generate") > x("live")
    assert x("more") > x("manage")
    assert x("t0_slider") > x("t0")


def test_the_arrow_of_what_is_folded_away_points_on(mirrored: Scrolled) -> None:
    more, arrow = find(mirrored, "more"), QtCore.Qt.ArrowType
    assert more.arrowType() == arrow.LeftArrow
    more.setChecked(True)
    assert more.arrowType() == arrow.DownArrow
    more.setChecked(False)
    mirrored.setLayoutDirection(QtCore.Qt.LayoutDirection.LeftToRight)
    assert more.arrowType() == arrow.RightArrow


def test_that_arrow_stands_before_its_words_from_either_side(mirrored: Scrolled) -> None:
    more = find(mirrored, "more")
    picture = more.grab().toImage()
    right = picture.width() - 1 - drawn_columns(picture)[-1]
    mirrored.setLayoutDirection(QtCore.Qt.LayoutDirection.LeftToRight)
    left = drawn_columns(more.grab().toImage())[0]
    assert abs(right - left) <= 1, "as far from the edge at which one begins to read"


def drawn_columns(picture: QtGui.QImage) -> list[int]:
    ground, rows = picture.pixel(0, 0), range(picture.height())
    return [x for x in range(picture.width()) if any(picture.pixel(x, y) != ground for y in rows)]


def test_the_band_and_the_marks_of_t0_are_mirrored_with_the_slider(mirrored: Scrolled) -> None:
    slider = find(mirrored, "t0_slider")
    slider.set_t0(0.3)
    low = slider._place_of(0.3)
    assert low > slider._place_of(0.6)
    option = QtWidgets.QStyleOptionSlider()
    slider.initStyleOption(option)
    style = QtWidgets.QStyle
    handle = slider.style().subControlRect(
        style.ComplexControl.CC_Slider, option, style.SubControl.SC_SliderHandle, slider
    )
    assert abs(handle.center().x() - low) <= 2


def test_the_bars_below_a_picture_are_filled_from_the_right(mirrored: Scrolled) -> None:
    button = find(mirrored, "candidate_0")
    picture = button.grab().toImage()
    highlight = button.palette().color(QtGui.QPalette.ColorRole.Highlight)
    # The frame around the chosen picture has the same colour, but lies above.
    rows = range(picture.height() - 1, picture.height() - button.caption_px(), -1)
    filled = [
        x for y in rows for x in range(picture.width()) if picture.pixelColor(x, y) == highlight
    ]
    assert filled
    assert sum(filled) / len(filled) > picture.width() / 2


def test_the_left_arrow_goes_to_the_left(mirrored: Scrolled, application) -> None:
    find(mirrored, "candidate_0").setFocus()
    press(application, Key.Key_Left)
    assert application.focusWidget().objectName() == "sdedit_candidate_1"
