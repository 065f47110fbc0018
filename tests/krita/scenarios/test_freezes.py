"""The plugin does not hold Krita's user interface: measured from inside, during whole edits.

What is Krita's own is measured in the same run: its pixel calls once each, and the same strokes
painted without an edit.
"""

from __future__ import annotations

import pytest

from tests.krita.paintings import rough_landscape
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, SDEditDocker
from tests.krita.session import KritaSession
from tests.krita.stalls import Baseline, StallReport

SIDE = 1024
LARGE = 4096
# A frame of a 60 Hz screen, of the processor's time; how long it takes then is up to the machine.
OWN_CPU_LIMIT_MS = 16.0
OWN_LIMIT_MS = 100.0
# What Krita itself and the test's own questions may take together, beyond the baseline.
GAP_CPU_LIMIT_MS = 100.0
SETTLED_S = 5
WHOLE_EDIT_TIMEOUT_S = 1200.0

# Asking again and again from outside would itself take the UI thread's time.
WAIT_QUIETLY = """
button = widgets.find("sdedit_generate")
loop, timer = QtCore.QEventLoop(), QtCore.QTimer()
timer.timeout.connect(lambda: loop.quit() if button.text() == "Generate" else None)
timer.start(50)
loop.exec_()
"""
WAIT_FOR_STEPS = """
status = widgets.find("sdedit_status")
loop, timer = QtCore.QEventLoop(), QtCore.QTimer()
timer.timeout.connect(lambda: loop.quit() if " %" in status.text() else None)
timer.start(50)
loop.exec_()
"""
WAIT_FOR = """
loop = QtCore.QEventLoop()
QtCore.QTimer.singleShot(1000 * seconds, loop.quit)
loop.exec_()
"""
# Detail everywhere, so that no tile is like another; made inside Krita, where it need not travel.
FILL = """
import os
document = documents.active()
node = document.rootNode().childNodes()[0]
for y in range(0, side, 64):
    node.setPixelData(os.urandom(4 * side * 64), 0, y, side, 64)
document.refreshProjection()
document.waitForDone()
"""
SOFT_SELECTION = """
import os
selection = krita.Selection()
selection.select(100, 100, 3000, 3000, 255)
selection.setPixelData(os.urandom(2000 * 2000), 500, 500, 2000, 2000)
documents.active().setSelection(selection)
"""


def test_an_edit_of_a_painting_freezes_krita_no_longer_than_kritas_own_calls(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.create("large", SIDE, SIDE)
    krita.documents.write_layer("Background", (0, 0, SIDE, SIDE), rough_landscape(SIDE, SIDE))
    krita.documents.add_layer("sketch above")
    krita.documents.activate_layer("Background")
    warm_up(krita, docker)
    baseline = krita.stalls.baseline(SIDE, SIDE)
    with krita.stalls.watch() as report:
        docker.press()
        krita.run(WAIT_QUIETLY, timeout_s=EDIT_TIMEOUT_S)
        krita.run("windows.settle()")
    assert "as a new layer" in docker.words
    print_baseline(SIDE, baseline)
    print_report("a whole edit", report)
    assert_short(report)
    longest_cpu_ms = max(gap.cpu_ms for gap in [report.longest, *report.gaps])
    assert longest_cpu_ms < baseline.longest.cpu_ms + GAP_CPU_LIMIT_MS


def test_a_large_painting_is_read_in_holds_shorter_than_one_call_of_krita(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    large_painting(krita)
    warm_up(krita, docker)
    baseline = krita.stalls.baseline(LARGE, LARGE)
    with krita.stalls.watch() as report:
        docker.press()
        krita.run(WAIT_FOR_STEPS, timeout_s=EDIT_TIMEOUT_S)
    docker.rest()
    print_baseline(LARGE, baseline)
    print_report("Generate, whole canvas", report)
    assert_short(report)
    in_krita = max(stay.krita_ms for stay in report.stays)
    assert in_krita < baseline.calls_ms["pixelData"], "it was read in bands"


@pytest.mark.long
@pytest.mark.timeout(1800, func_only=True)
def test_painting_on_a_large_canvas_while_edits_run(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    large_painting(krita)
    krita.hand.take_brush(size_px=60, rgb=(220, 30, 20))
    warm_up(krita, docker)
    reports = {}
    with krita.stalls.watch() as reports["strokes, Krita alone"]:
        paint(krita)
    krita.run(SOFT_SELECTION)
    with krita.stalls.watch() as reports["idle docker, a soft selection"]:
        krita.run(WAIT_FOR, seconds=SETTLED_S)
    krita.documents.select((1000, 1000, 512, 512))
    with krita.stalls.watch() as reports["512² selection: Generate to new layer"]:
        docker.press()
        krita.run(WAIT_QUIETLY, timeout_s=EDIT_TIMEOUT_S)
    assert "as a new layer" in docker.words
    krita.documents.undo()
    krita.documents.clear_selection()
    with krita.stalls.watch() as reports["whole canvas: Generate to first step"]:
        docker.press()
        krita.run(WAIT_FOR_STEPS, timeout_s=EDIT_TIMEOUT_S)
    with krita.stalls.watch() as reports["whole canvas: strokes while it runs"]:
        paint(krita)
    with krita.stalls.watch() as reports["whole canvas: the rest, to new layer"]:
        krita.run(WAIT_QUIETLY, timeout_s=WHOLE_EDIT_TIMEOUT_S)
    assert "as a new layer" in docker.words
    # Last: the document that it makes and closes would be in the way before.
    print_baseline(LARGE, krita.stalls.baseline(LARGE, LARGE))
    for title, report in reports.items():
        print_report(title, report)
    for report in reports.values():
        assert_short(report)


def large_painting(krita: KritaSession) -> None:
    krita.documents.create("large", LARGE, LARGE)
    krita.run(FILL, side=LARGE, timeout_s=60)


def warm_up(krita: KritaSession, docker: SDEditDocker) -> None:
    """Have the backend loaded; settings that make the shortest edit."""
    krita.documents.select((0, 0, 64, 64))
    docker.set(steps=2)
    docker.generate()
    krita.documents.undo()
    krita.documents.clear_selection()


def paint(krita: KritaSession) -> None:
    """Some quick strokes all over the canvas."""
    for y in (500, 1500, 2500, 3500):
        krita.hand.paint_stroke([(300, y), (3700, y - 200), (300, y + 300)])


def assert_short(report: StallReport) -> None:
    """The plugin's own part of no stay is longer than a frame."""
    for stay in report.stays:
        assert stay.own_cpu_ms < OWN_CPU_LIMIT_MS, stay
        assert stay.own_ms < OWN_LIMIT_MS, stay


def print_baseline(side: int, baseline: Baseline) -> None:
    print(f"Krita's own calls at {side}²: {rounded(baseline.calls_ms)}")
    print(f"  longest gap with them: {baseline.longest}")


def print_report(title: str, report: StallReport) -> None:
    print(f"{title}: {report.duration_s:.1f} s, {report.entries} entries into the plugin")
    for gap in report.gaps[:4]:
        print(f"  gap at {gap.at_s:.2f} s: {gap.ms:.1f} ms, at work {gap.cpu_ms:.1f}")
    for stay in report.stays[:5]:
        print(f"  {stay.entry}: {stay.ms:.1f} ms, own {stay.own_ms:.1f}, ", end="")
        print(f"of that at work {stay.own_cpu_ms:.1f}; {rounded(stay.calls)}")


def rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in values.items()}
