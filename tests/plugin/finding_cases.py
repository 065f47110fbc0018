"""Run by `test_panel` once for each Qt: the widgets for finding t0."""

# ruff: noqa: F811 (a fixture comes from `panel_cases`)
from __future__ import annotations

from dataclasses import replace

import pytest
from sdedit.features.auto_t0 import AskForT0
from sdedit.features.compare import BeginComparison, Choose
from sdedit.features.strip import HoldSlider, Keep, MakeStrip, PointAt, PutAway
from sdedit.gallery import Candidate, GalleryView
from sdedit.protocol.bounds import Bounds
from sdedit.protocol.images import Image, PixelFormat
from sdedit.qt import QtCore, QtGui, QtWidgets
from sdedit.ui.candidate_grid import CandidateGrid

from tests.plugin.panel_cases import (
    CALM,
    NARROW_PX,
    find,
    panel,  # noqa: F401 (a fixture)
)

T0S = (0.25, 0.35, 0.45, 0.55, 0.65)


def candidate(t0: float, seed: int = 7, colour: bytes = b"\x00\x00\xff\xff") -> Candidate:
    picture = Image(Bounds(0, 0, 48, 32), PixelFormat(), colour * (48 * 32))
    return Candidate(picture, picture, t0, seed, None, 60 * t0, t0)  # type: ignore[arg-type]


CANDIDATES = tuple(candidate(t0) for t0 in T0S)
STRIP = replace(CALM, shape=(48, 32), gallery=GalleryView(CANDIDATES, chosen=2), t0_marks=T0S)
PAIR = replace(CALM, shape=(48, 32), gallery=GalleryView(CANDIDATES[1:3], "Choice 2 of 5"))


@pytest.fixture
def heard(panel) -> list[object]:
    """What the panel asks for; the pointer comes and goes as it likes."""
    commands: list[object] = []
    wanted = (AskForT0, BeginComparison, Choose, HoldSlider, Keep, MakeStrip, PointAt, PutAway)
    panel.asked.connect(
        lambda command: commands.append(command) if isinstance(command, wanted) else None
    )
    return commands


def show(panel, application, state) -> None:
    panel.show_state(state)
    for _ in range(3):  # the layout takes a turn of the event loop for each level
        application.processEvents()


def test_the_three_buttons_ask_and_are_there_for_a_document_only(
    panel,
    application,
    heard,
) -> None:
    show(panel, application, CALM)
    assert not find(panel, "strip").isEnabled()
    show(panel, application, replace(CALM, shape=(48, 32)))
    for name in ("strip", "compare", "auto"):
        find(panel, name).click()
    assert heard == [MakeStrip(), BeginComparison(), AskForT0()]


def test_without_pictures_there_is_no_room_taken(panel, application) -> None:
    show(panel, application, CALM)
    assert not panel.findChild(CandidateGrid).isVisible()
    show(panel, application, STRIP)
    assert panel.findChild(CandidateGrid).isVisible()
    show(panel, application, CALM)
    assert not panel.findChild(CandidateGrid).isVisible()


@pytest.mark.parametrize("width", [NARROW_PX, 360])
def test_all_candidates_lie_beside_each_other_and_inside(
    panel,
    application,
    width,
) -> None:
    panel.resize(width, 700)
    show(panel, application, STRIP)
    grid = panel.findChild(CandidateGrid)
    places = [find(panel, f"candidate_{nth}").geometry() for nth in range(5)]
    assert all(grid.rect().contains(place) for place in places)
    assert not any(
        one.intersects(other) for nth, one in enumerate(places) for other in places[nth + 1 :]
    )
    words = find(panel, "candidate_words")
    assert grid.mapTo(panel, grid.rect().bottomLeft()).y() < words.mapTo(panel, words.pos()).y()
    assert panel.minimumSizeHint().width() <= NARROW_PX


def test_pointer_and_keyboard_point_and_a_click_keeps(
    panel,
    application,
    heard,
) -> None:
    show(panel, application, STRIP)
    button = find(panel, "candidate_3")
    place = QtCore.QPointF(5, 5)
    application.sendEvent(button, QtGui.QEnterEvent(place, place, place))
    application.sendEvent(button, QtCore.QEvent(QtCore.QEvent.Type.Leave))
    panel.activateWindow()
    button.setFocus()
    press(application, button, QtCore.Qt.Key.Key_Left)
    assert find(panel, "candidate_2").hasFocus()
    press(application, find(panel, "candidate_2"), QtCore.Qt.Key.Key_Return)
    assert heard == [
        *(PointAt(3), PointAt(None)),  # the pointer
        *(PointAt(3), PointAt(None), PointAt(2)),  # the keyboard
        Keep(2),
    ]


def test_krita_does_not_get_the_keys_that_move_between_candidates(panel, application) -> None:
    show(panel, application, STRIP)
    modifier = QtCore.Qt.KeyboardModifier.NoModifier
    kind = QtCore.QEvent.Type.ShortcutOverride
    for key, is_ours in ((QtCore.Qt.Key.Key_Left, True), (QtCore.Qt.Key.Key_B, False)):
        event = QtGui.QKeyEvent(kind, key, modifier)
        event.ignore()
        application.sendEvent(find(panel, "candidate_0"), event)
        assert event.isAccepted() is is_ours


def press(application, widget, key) -> None:
    kind = QtCore.QEvent.Type.KeyPress
    application.sendEvent(widget, QtGui.QKeyEvent(kind, key, QtCore.Qt.KeyboardModifier.NoModifier))


def test_a_click_on_a_candidate_leaves_the_keyboard_to_the_canvas(
    panel,
    application,
) -> None:
    show(panel, application, STRIP)
    assert find(panel, "candidate_0").focusPolicy() == QtCore.Qt.FocusPolicy.TabFocus
    assert find(panel, "strip").focusPolicy() == QtCore.Qt.FocusPolicy.TabFocus


def test_each_says_what_it_is_and_its_tip_has_the_numbers(panel, application) -> None:
    show(panel, application, STRIP)
    assert find(panel, "candidate_words").text() == "t0 0.45 · far from yours · half real"
    button = find(panel, "candidate_0")
    assert button.accessibleName() == "t0 0.25 · freely yours · looks painted"
    assert "15.0 of 255" in button.toolTip()
    assert "0.25 of 1" in button.toolTip()


def test_of_a_pair_the_artist_chooses_by_button_or_picture(
    panel,
    application,
    heard,
) -> None:
    show(panel, application, PAIR)
    assert find(panel, "question").text() == "Choice 2 of 5"
    find(panel, "more_mine").click()
    find(panel, "more_real").click()
    find(panel, "candidate_0").click()
    find(panel, "candidate_1").click()
    assert heard == [Choose(False), Choose(True)] * 2
    waiting = replace(PAIR, gallery=replace(PAIR.gallery, is_waiting=True))
    show(panel, application, waiting)
    assert not find(panel, "more_mine").isEnabled()
    assert not find(panel, "candidate_0").isEnabled()
    show(panel, application, STRIP)
    assert not find(panel, "more_mine").isVisible()


def test_the_slider_says_when_it_is_held(panel, application, heard) -> None:
    show(panel, application, STRIP)
    slider = find(panel, "t0_slider")
    slider.setSliderDown(True)
    slider.setSliderDown(False)
    assert heard == [HoldSlider(True), HoldSlider(False)]


def test_the_slider_marks_where_pictures_are(panel, application) -> None:
    show(panel, application, replace(STRIP, t0_marks=()))
    slider = find(panel, "t0_slider")
    plain = slider.grab().toImage()
    show(panel, application, STRIP)
    assert slider.grab().toImage() != plain


def test_the_picture_is_drawn_in_kritas_colours(panel, application) -> None:
    show(panel, application, STRIP)
    button = find(panel, "candidate_0")
    colour = button.grab().toImage().pixelColor(button.width() // 2, 12)
    assert (colour.red(), colour.green(), colour.blue()) == (255, 0, 0)


def test_variants_repeats_and_the_strips_t0_are_under_more(panel, application) -> None:
    changes: list[dict[str, object]] = []
    panel.asked.connect(lambda command: changes.append(getattr(command, "values", {})))
    show(panel, application, STRIP)
    assert not find(panel, "variants").isVisible()
    find(panel, "more").click()
    assert find(panel, "variants").isVisible()
    find(panel, "variants").setValue(3)
    find(panel, "repeats").setValue(2)
    line = find(panel, "strip_t0s")
    assert isinstance(line, QtWidgets.QLineEdit)
    assert line.text() == "0.25  0.35  0.45  0.55  0.65"
    line.setText("0.2, 0.5")
    line.editingFinished.emit()
    assert [change for change in changes if change] == [
        {"variants": 3},
        {"repeats": 2},
        {"strip_t0s": (0.2, 0.5)},
    ]
