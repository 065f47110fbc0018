"""Run by `test_panel` once for each Qt: the real widgets off screen, the real connection."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sdedit.commands import Change, Press, ReachFor
from sdedit.panel_state import Mood, PanelState
from sdedit.protocol.bounds import Bounds
from sdedit.protocol.images import Image, PixelFormat
from sdedit.qt import QtCore, QtGui, QtWidgets, as_byte_array
from sdedit.settings import T0_BAND, Settings
from sdedit.ui.labels import shortened
from sdedit.ui.panel import Panel
from sdedit.ui.t0_slider import BAND_PX

CALM = PanelState("“Paint” and all below", "Whole canvas, 40 × 30 px", Settings(), "Ready.")
NARROW_PX = 250


@pytest.fixture
def panel(application: QtWidgets.QApplication) -> Iterator[Panel]:
    panel = Panel(CALM)
    panel.resize(NARROW_PX, 480)
    panel.show()
    application.processEvents()
    yield panel
    panel.close()


def find(panel: Panel, name: str) -> QtWidgets.QWidget:
    (widget,) = panel.findChildren(QtWidgets.QWidget, f"sdedit_{name}")
    return widget


def test_the_right_binding_was_chosen() -> None:
    assert QtCore.__name__ == f"PyQt{os.environ['SDEDIT_TEST_QT']}.QtCore"


def test_every_widget_has_its_name_and_words_for_those_who_hear_it(panel: Panel) -> None:
    names = "guide area t0 t0_slider steps seed seed_random generate progress status preview"
    for name in names.split():
        widget = find(panel, name)
        assert widget.accessibleName()
        assert len(widget.toolTip()) > 20
    assert isinstance(find(panel, "t0"), QtWidgets.QDoubleSpinBox)
    assert isinstance(find(panel, "seed"), QtWidgets.QSpinBox)
    assert isinstance(find(panel, "status"), QtWidgets.QLabel)
    assert isinstance(find(panel, "progress"), QtWidgets.QProgressBar)
    assert isinstance(find(panel, "generate"), QtWidgets.QPushButton)


def test_it_fits_a_narrow_docker(panel: Panel) -> None:
    long = replace(CALM, guide="“A layer whose name goes on and on and on” and all below")
    panel.show_state(replace(long, status="A sentence that is much too long for one line. " * 3))
    assert panel.minimumSizeHint().width() <= NARROW_PX
    # The ten digits of the largest seed can be read.
    seed = find(panel, "seed")
    seed.setValue(2**31 - 1)
    assert seed.width() >= seed.fontMetrics().horizontalAdvance(seed.text())


def test_a_shortened_line_is_whole_in_its_text_and_tip(panel: Panel) -> None:
    words = "The selection goes on and on and on and on and on, 4096 × 4096 px"
    panel.show_state(replace(CALM, area=words))
    assert find(panel, "area").text() == words
    assert words in find(panel, "area").toolTip()


def test_of_a_line_with_a_name_the_name_alone_gets_shorter(panel: Panel) -> None:
    label = find(panel, "area")
    metrics = label.fontMetrics()
    whole = "Group “A layer whose name goes on” and all below"
    assert shortened(whole, metrics, metrics.horizontalAdvance(whole)) == whole
    for share in (0.85, 0.7):
        width = round(share * metrics.horizontalAdvance(whole))
        line = shortened(whole, metrics, width)
        assert line.startswith("Group “")
        assert line.endswith("” and all below")
        assert "…" in line
        assert metrics.horizontalAdvance(line) <= width
    assert metrics.horizontalAdvance(shortened(whole, metrics, 40)) <= 40
    assert shortened("Whole canvas, 40 × 30 px", metrics, 60).startswith("Whole")


def test_the_placeholder_has_the_shape_of_the_picture_to_come(panel: Panel, application) -> None:
    preview = find(panel, "preview")
    background = preview.grab().toImage()
    panel.show_state(replace(CALM, shape=(400, 100)))
    application.processEvents()
    picture = preview.grab().toImage()
    rows = [y for y in range(picture.height()) if differs(picture, background, 0, y)]
    assert rows == list(range(preview.width() // 4))
    panel.show_state(CALM)
    application.processEvents()
    assert preview.grab().toImage() == background, "nothing is there when nothing can come"


def differs(one: QtGui.QImage, other: QtGui.QImage, x: int, y: int) -> bool:
    return bool(one.pixel(x, y) != other.pixel(x, y))


@pytest.mark.usefixtures("application")
def test_the_warning_sign_is_the_one_that_it_is_given() -> None:
    red = QtGui.QPixmap(16, 16)
    red.fill(QtGui.QColor("red"))
    panel = Panel(CALM, lambda _: QtGui.QIcon(red))
    (sign,) = [
        label
        for label in panel.findChildren(QtWidgets.QLabel)
        if label.accessibleName() == "Problem"
    ]
    assert sign.pixmap().toImage().pixelColor(8, 8).name() == "#ff0000"


def values_of(command: object) -> list[dict[str, object]]:
    """The settings that a command changes, if it is one that does."""
    return [command.values] if isinstance(command, Change) else []


def test_what_the_artist_sets_is_said(panel: Panel) -> None:
    changes: list[dict[str, object]] = []
    panel.asked.connect(lambda command: changes.extend(values_of(command)))
    find(panel, "t0").setValue(0.6)
    find(panel, "t0_slider").setValue(300)
    find(panel, "steps").setValue(30)
    find(panel, "seed").setValue(12)
    find(panel, "seed_random").click()
    assert changes == [
        {"t0": 0.6},
        {"t0": 0.3},
        {"steps": 30},
        {"seed": 12},
        {"is_seed_random": False},
    ]


def test_showing_a_state_says_nothing(panel: Panel) -> None:
    changes: list[dict[str, object]] = []
    panel.asked.connect(lambda command: changes.extend(values_of(command)))
    settings = Settings(t0=0.7, steps=3, seed=9, is_seed_random=False)
    panel.show_state(replace(CALM, settings=settings))
    assert not changes
    assert find(panel, "t0").value() == 0.7
    assert find(panel, "t0_slider").value() == 700
    assert find(panel, "steps").value() == 3
    assert find(panel, "seed").value() == 9
    assert find(panel, "seed").isEnabled()
    assert not find(panel, "seed_random").isChecked()


def test_slider_and_number_field_agree_through_the_core(panel: Panel) -> None:
    panel.asked.connect(
        lambda command: [
            panel.show_state(replace(CALM, settings=replace(Settings(), **values)))
            for values in values_of(command)
        ]
    )
    find(panel, "t0").setValue(0.455)
    assert find(panel, "t0_slider").value() == 455
    assert find(panel, "t0").text().replace(",", ".") == "0.455"
    find(panel, "t0_slider").setValue(500)
    assert find(panel, "t0").text().replace(",", ".") == "0.50"


def test_a_number_that_is_typed_but_not_confirmed_counts_when_the_button_is_pressed(
    panel: Panel,
) -> None:
    """The button does not take the keyboard, so the field does not notice that one is done."""
    heard: list[object] = []
    panel.asked.connect(heard.append)
    editor = find(panel, "steps").findChild(QtWidgets.QLineEdit)
    editor.setText("33")
    panel.show_state(replace(CALM, status="Ready on CPU."))
    find(panel, "generate").click()
    assert heard == [Change({"steps": 33}), Press()]


def test_a_click_leaves_the_keyboard_to_the_canvas(panel: Panel) -> None:
    for name in ("generate", "t0_slider", "seed_random"):
        assert find(panel, name).focusPolicy() == QtCore.Qt.FocusPolicy.TabFocus


def test_the_button_becomes_cancel_and_the_bar_appears(panel: Panel) -> None:
    assert find(panel, "generate").text() == "Generate"
    assert not find(panel, "progress").isVisible()
    working = replace(CALM, is_working=True, progress=0.25, mood=Mood.WORKING)
    panel.show_state(working)
    bar = find(panel, "progress")
    assert find(panel, "generate").text() == "Cancel"
    assert bar.isVisible()
    assert bar.value() == bar.maximum() / 4
    panel.show_state(replace(working, progress=None, is_button_enabled=False))
    assert (bar.minimum(), bar.maximum()) == (0, 0)
    assert not find(panel, "generate").isEnabled()


def test_a_problem_has_a_sign_and_a_hint(panel: Panel) -> None:
    (sign,) = [
        label
        for label in panel.findChildren(QtWidgets.QLabel)
        if label.accessibleName() == "Problem"
    ]
    assert not sign.isVisible()
    panel.show_state(replace(CALM, status="It broke.", hint="Mend it.", mood=Mood.PROBLEM))
    assert find(panel, "status").text() == "It broke. Mend it."
    assert sign.isVisible()


def test_nothing_moves_when_an_edit_begins(panel: Panel, application) -> None:
    preview = find(panel, "preview")
    before = preview.geometry()
    panel.show_state(replace(CALM, is_working=True, progress=0.5, status="50 %"))
    application.processEvents()
    assert preview.geometry() == before


def test_the_preview_shows_kritas_bytes_as_colours(panel: Panel, application) -> None:
    red = Image(Bounds(0, 0, 8, 8), PixelFormat(), b"\x00\x00\xff\xff" * 64)
    panel.show_state(replace(CALM, preview=red))
    application.processEvents()
    preview = find(panel, "preview")
    colour = preview.grab().toImage().pixelColor(preview.width() // 2, 10)
    assert (colour.red(), colour.green(), colour.blue()) == (255, 0, 0)


def test_the_band_lies_where_the_handle_stands_at_its_ends(panel: Panel, application) -> None:
    slider = find(panel, "t0_slider")
    application.processEvents()
    picture = slider.grab().toImage()
    highlight = slider.palette().color(QtGui.QPalette.ColorRole.Highlight)
    row = picture.height() - 1 - BAND_PX // 2
    inside = [x for x in range(picture.width()) if picture.pixelColor(x, row) == highlight]
    style = QtWidgets.QStyle
    for edge, t0 in ((inside[0], T0_BAND[0]), (inside[-1], T0_BAND[1])):
        slider.setValue(round(t0 * 1000))
        option = QtWidgets.QStyleOptionSlider()
        slider.initStyleOption(option)
        handle = slider.style().subControlRect(
            style.ComplexControl.CC_Slider, option, style.SubControl.SC_SliderHandle, slider
        )
        assert abs(edge - handle.center().x()) <= 2


def test_it_follows_the_palette(panel: Panel, application) -> None:
    for colour in ("#202020", "#e0e0e0"):
        palette = QtGui.QPalette(QtGui.QColor(colour))
        application.setPalette(palette)
        application.processEvents()
        assert panel.grab().toImage().pixelColor(2, 2).name() == colour


def test_the_pointer_coming_in_is_said(panel: Panel, application) -> None:
    heard: list[object] = []
    panel.asked.connect(heard.append)
    place = QtCore.QPointF(5, 5)
    application.sendEvent(panel, QtGui.QEnterEvent(place, place, place))
    assert heard == [ReachFor()]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_pixels_of_any_kind_reach_krita_whole(kind: type) -> None:
    pixels = kind(bytes(range(256)))
    assert bytes(as_byte_array(pixels)) == bytes(range(256))
