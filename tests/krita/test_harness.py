"""The harness proves itself on Krita alone, before anything of ours is loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.krita.home import KritaHome
from tests.krita.link import KritaError, KritaTimeout, SnippetFailed
from tests.krita.session import KritaSession

WHOLE = (0, 0, 320, 240)
RED = (220, 30, 20)


# -- painting -------------------------------------------------------------------------------


def test_a_stroke_by_the_real_mouse_paints_where_it_went(krita: KritaSession) -> None:
    krita.documents.create(width=320, height=240)
    before = krita.documents.projection()
    krita.hand.take_brush(size_px=20, rgb=RED)
    krita.hand.paint_stroke([(60, 80), (240, 80), (240, 180)])
    krita.screenshot("harness-stroke")
    painted = (krita.documents.projection() != before).any(axis=2)

    assert (krita.documents.projection()[80, 60:240] == (*RED, 255)).all()
    assert (krita.documents.projection()[80:180, 240] == (*RED, 255)).all()
    ys, xs = np.nonzero(painted)
    # The brush reaches 10 px around its path; one more for its soft edge, one for rounding.
    assert xs.min() in range(48, 53)
    assert xs.max() in range(248, 253)
    assert ys.min() in range(68, 73)
    assert ys.max() in range(188, 193)
    assert not painted[100:, :220].any()


@pytest.mark.parametrize(("width", "height"), [(3000, 2000), (33, 17)])
def test_dabs_hit_their_place_in_images_of_any_size(
    krita: KritaSession, width: int, height: int
) -> None:
    for x, y in ((0.25, 0.5), (0.75, 0.3)):
        krita.documents.create(width=width, height=height)
        krita.hand.take_brush(size_px=max(4, height // 20), rgb=RED)
        krita.hand.paint_stroke([(x * width, y * height)])
        ys, xs = np.nonzero(krita.documents.projection()[:, :, 1] < 128)
        # Half a screen pixel is as many image pixels as the image is made smaller to fit; half an
        # image pixel more for the brush's own grid.
        error_px = 0.5 / krita.hand.show_whole_image().zoom + 0.5
        assert abs(xs.mean() + 0.5 - x * width) <= error_px
        assert abs(ys.mean() + 0.5 - y * height) <= error_px
        krita.documents.close()


def test_undo_takes_a_stroke_back_and_redo_brings_it_again(krita: KritaSession) -> None:
    krita.documents.create(width=320, height=240)
    krita.documents.add_layer("strokes")
    krita.documents.activate_layer("strokes")
    krita.hand.take_brush(size_px=30, rgb=RED)
    krita.hand.paint_stroke([(100, 100), (200, 150)])
    painted = krita.documents.layer_pixels("strokes", WHOLE)
    assert painted[:, :, 3].any()
    assert krita.documents.undo_history() == ["Add Layer", "Freehand Brush Stroke"]

    krita.documents.undo()
    assert krita.documents.undo_history() == ["Add Layer"]
    assert not krita.documents.layer_pixels("strokes", WHOLE).any()
    krita.documents.redo()
    assert (krita.documents.layer_pixels("strokes", WHOLE) == painted).all()


def test_undo_and_redo_work_by_the_real_keyboard(krita: KritaSession) -> None:
    krita.documents.create(width=320, height=240)
    krita.hand.take_brush(size_px=30, rgb=RED)
    krita.hand.paint_stroke([(100, 100), (200, 150)])
    krita.hand.press_keys("ctrl+z")
    krita.wait_until("documents.undo_history() == []")
    assert (krita.documents.projection() == 255).all()
    krita.hand.press_keys("ctrl+shift+z")
    krita.wait_until("documents.undo_history() == ['Freehand Brush Stroke']")


def test_a_stroke_is_open_as_long_as_the_pen_is_held_down(krita: KritaSession) -> None:
    krita.documents.create(width=320, height=240)
    krita.hand.take_brush(size_px=30, rgb=RED)
    with krita.hand.holding_stroke([(100, 100), (200, 100)]):
        assert not krita.run("app.activeDocument().tryBarrierLock()")
    assert krita.documents.undo_history() == ["Freehand Brush Stroke"]
    assert (krita.documents.projection()[100, 100:200] == (*RED, 255)).all()


def test_a_stroke_outside_of_what_the_canvas_shows_is_an_error(krita: KritaSession) -> None:
    krita.documents.create(width=320, height=240)
    with pytest.raises(KritaError, match="not in sight"):
        krita.hand.paint_stroke([(10, 10), (4000, 10)])


# -- documents ------------------------------------------------------------------------------


def test_pixels_written_are_read_back_and_survive_saving(
    krita: KritaSession, tmp_path: Path
) -> None:
    krita.documents.create("first", width=65, height=33)
    krita.documents.add_layer("noise")
    pixels = np.random.default_rng(1).integers(0, 256, (33, 65, 4), np.uint8)
    pixels[:, :, 3] = 255
    krita.documents.write_layer("noise", (0, 0, 65, 33), pixels)
    krita.documents.save_as(tmp_path / "first.kra")
    krita.documents.close()
    krita.documents.open(tmp_path / "first.kra")

    assert krita.documents.layer_names() == ["noise", "Background"]
    assert (krita.documents.layer_pixels("noise", (0, 0, 65, 33)) == pixels).all()
    assert (krita.documents.projection() == pixels).all()


def test_layers_are_listed_from_the_top_with_their_groups(krita: KritaSession) -> None:
    krita.documents.create()
    krita.documents.add_layer("group", "grouplayer")
    krita.documents.add_layer("inside", into="group")
    krita.documents.activate_layer("inside")
    listed = [(layer.name, layer.kind, layer.depth) for layer in krita.documents.layers()]
    assert listed == [
        ("group", "grouplayer", 0),
        ("inside", "paintlayer", 1),
        ("Background", "paintlayer", 0),
    ]
    active = krita.documents.active_layer()
    assert active is not None
    assert active.name == "inside"
    krita.documents.remove_layer("inside")
    assert krita.documents.layer_names() == ["group", "Background"]


def test_a_soft_selection_partly_off_the_canvas_is_read_back(krita: KritaSession) -> None:
    krita.documents.create(width=64, height=64)
    assert krita.documents.selection() is None
    values = np.arange(1, 31 * 21 + 1, dtype=np.uint32).reshape(21, 31) % 255 + 1
    krita.documents.select_softly((-10, 50, 31, 21), values.astype(np.uint8))
    selection = krita.documents.selection()
    assert selection is not None
    assert selection[0] == (-10, 50, 31, 21)
    assert (selection[1] == values).all()
    krita.documents.select((4, 8, 16, 32), value=100)
    selection = krita.documents.selection()
    assert selection is not None
    assert selection[0] == (4, 8, 16, 32)
    assert (selection[1] == 100).all()
    krita.documents.clear_selection()
    assert krita.documents.selection() is None


def test_a_document_is_closed_right_after_its_selection_changed(krita: KritaSession) -> None:
    for _ in range(5):
        krita.documents.create(width=64, height=64)
        krita.documents.select((4, 8, 16, 32))
        krita.documents.close()
    krita.run("windows.settle()")


def test_a_rectangle_is_selected_by_the_real_mouse(krita: KritaSession) -> None:
    krita.documents.create(width=320, height=240)
    krita.hand.select_rectangle((40, 30), (140, 100))
    selection = krita.documents.selection()
    assert selection is not None
    assert selection[0] == pytest.approx((40, 30, 100, 70), abs=1)
    assert (selection[1] == 255).all()


def test_a_click_on_a_tab_turns_to_its_document(krita: KritaSession) -> None:
    for name in ("first", "second", "third"):
        krita.documents.create(name, width=64, height=64)
    for name in ("first", "third", "second"):
        krita.hand.turn_to_document(name)
        assert krita.documents.describe()["name"] == name


def test_layers_are_moved_and_hidden_and_the_canvas_resized(krita: KritaSession) -> None:
    krita.documents.create(width=64, height=48)
    krita.documents.add_layer("patch")
    krita.documents.write_layer("patch", (0, 0, 8, 8), np.full((8, 8, 4), (*RED, 255), np.uint8))
    krita.documents.move_layer("patch", 20, 10)
    assert krita.documents.layers()[0].bounds == (20, 10, 8, 8)
    assert tuple(krita.documents.projection()[10, 20]) == (*RED, 255)
    krita.documents.hide_layer("patch")
    assert (krita.documents.projection() == 255).all()
    krita.documents.show_layer("patch")
    assert tuple(krita.documents.projection()[17, 27]) == (*RED, 255)
    krita.documents.resize_canvas((10, 10, 32, 16))
    assert krita.documents.projection().shape == (16, 32, 4)
    assert tuple(krita.documents.projection()[0, 10]) == (*RED, 255)


def test_a_selection_of_nothing_is_not_the_same_as_no_selection(krita: KritaSession) -> None:
    krita.documents.create(width=64, height=64)
    krita.documents.select_nothing()
    selection = krita.documents.selection()
    assert selection is not None
    assert not selection[1].any()


# -- widgets --------------------------------------------------------------------------------


def test_a_button_a_slider_and_number_fields_are_worked_by_hand(krita: KritaSession) -> None:
    krita.run(
        """
panel = QtWidgets.QDockWidget("Sample")
panel.setObjectName("sample_panel")
body = QtWidgets.QWidget()
rows = QtWidgets.QVBoxLayout(body)
button, count = QtWidgets.QPushButton("Press"), QtWidgets.QLabel("0")
whole, part = QtWidgets.QSpinBox(), QtWidgets.QDoubleSpinBox()
slider = QtWidgets.QSlider(QtCore.Qt.Horizontal)
slider.setRange(0, 100)
whole.setRange(1, 1000)
part.setRange(0.0, 1.0)
part.setDecimals(3)
button.clicked.connect(lambda: count.setText(str(int(count.text()) + 1)))
for name, widget in dict(button=button, count=count, whole=whole, part=part, slider=slider).items():
    widget.setObjectName("sample_" + name)
    rows.addWidget(widget)
rows.addStretch()
panel.setWidget(body)
windows.main_window().addDockWidget(QtCore.Qt.RightDockWidgetArea, panel)
"""
    )
    krita.hand.show_dockers("sample_panel", "KisLayerBox", width=380, alone=True)
    krita.hand.click("sample_button")
    krita.hand.click("sample_button")
    krita.hand.type_number("sample_whole", "421")
    krita.hand.type_number("sample_part", "0.375")
    krita.hand.drag_across("sample_slider", 0.0, 0.8)
    krita.screenshot("harness-widgets")
    panel = krita.screenshot("harness-panel", of="sample_panel")

    assert krita.hand.widget("sample_count")["text"] == "2"
    assert krita.hand.widget("sample_whole")["value"] == 421
    assert krita.hand.widget("sample_part")["value"] == 0.375
    assert 75 <= krita.hand.widget("sample_slider")["value"] <= 85
    size = krita.hand.rectangle("sample_panel")[2:]
    assert size[0] == 380
    with Image.open(panel) as picture:
        assert picture.size == size
    krita.run("windows.main_window().removeDockWidget(widgets.find('sample_panel'))")
    with pytest.raises(SnippetFailed, match="cannot be seen"):
        krita.hand.click("sample_button")


def test_a_click_on_kritas_own_button_adds_a_layer(krita: KritaSession) -> None:
    krita.documents.create()
    krita.hand.show_dockers("KisLayerBox")
    krita.hand.click("KisLayerBox/bnAdd")
    krita.wait_until("len(documents.layers()) == 2")
    assert krita.documents.undo_history() == ["Add Layer"]


# -- errors ---------------------------------------------------------------------------------


def test_an_error_in_a_snippet_comes_back_and_opens_no_dialog(krita: KritaSession) -> None:
    with pytest.raises(SnippetFailed, match="ZeroDivisionError"):
        krita.run("1 / 0")
    with pytest.raises(SnippetFailed, match="a test cannot be sent a Krita"):
        krita.run("app")
    with pytest.raises(SnippetFailed, match="SyntaxError"):
        krita.run("this is no Python")
    assert krita.dialog() is None
    assert krita.run("x = 40\nx + y", y=2) == 42


def test_an_exception_in_a_slot_is_remembered_and_opens_no_dialog(krita: KritaSession) -> None:
    krita.run("QtCore.QTimer.singleShot(0, lambda: 1 / 0)")
    krita.run("windows.settle()")
    assert krita.dialog() is None
    (uncaught,) = krita.take_unhandled()
    assert "ZeroDivisionError" in uncaught


def test_a_dialog_that_blocks_krita_is_named_and_can_be_closed(krita: KritaSession) -> None:
    krita.run(
        "QtCore.QTimer.singleShot(0, lambda: QtWidgets.QMessageBox.warning("
        "windows.main_window(), 'Careful', 'Something happened'))"
    )
    krita.wait_until("windows.dialog()")
    with pytest.raises(KritaTimeout, match="Something happened"):
        krita.wait_until("False", 0.1)
    with pytest.raises(SnippetFailed, match="a dialog is before"):
        krita.hand.click("KisLayerBox/bnAdd")
    krita.hand.press_keys("Escape")
    krita.wait_until("windows.dialog() is None")


# -- freezes --------------------------------------------------------------------------------


def test_a_freeze_is_measured_and_its_plugin_named(
    krita: KritaSession, krita_home: KritaHome
) -> None:
    package = krita_home.krita_data / "pykrita" / "slow_sample"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import time\n"
        "def dawdle(document):\n"
        "    document.rootNode().childNodes()[0].pixelData(0, 0, 512, 512)\n"
        "    time.sleep(0.2)\n"
    )
    krita.documents.create(width=512, height=512)
    krita.run("import slow_sample")
    with krita.stalls.watch("slow_sample") as report:
        krita.run(
            "import slow_sample\n"
            "document = documents.active()\n"
            "QtCore.QTimer.singleShot(100, lambda: slow_sample.dawdle(document))"
        )
        krita.wait_until("stalls.entries() == 1")

    assert report.longest.ms >= 200
    assert report.longest.cpu_ms < 150
    (stay,) = report.stays
    assert stay.entry == "dawdle"
    assert list(stay.calls) == ["pixelData"]
    assert 200 <= stay.own_ms < report.longest.ms
    assert 0 <= stay.own_cpu_ms < 50
    assert stay.ms == pytest.approx(stay.own_ms + stay.krita_ms)


def test_the_baseline_times_kritas_own_pixel_calls(krita: KritaSession) -> None:
    baseline = krita.stalls.baseline(1024, 1024)
    assert set(baseline.calls_ms) == {
        "pixelData",
        "projectionPixelData",
        "setPixelData",
        "addChildNode",
    }
    assert all(ms > 0 for ms in baseline.calls_ms.values())
    assert baseline.longest.ms >= max(baseline.calls_ms.values()) * 0.9
    assert krita.run("len(app.documents())") == 0
