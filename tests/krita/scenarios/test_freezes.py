"""The plugin does not hold Krita's user interface: measured from inside, during a whole edit."""

from __future__ import annotations

from tests.krita.paintings import rough_landscape
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, SDEditDocker
from tests.krita.session import KritaSession

SIDE = 1024
# A frame of a 60 Hz screen, of the processor's time; how long it takes then is up to the machine.
OWN_CPU_LIMIT_MS = 16.0
OWN_LIMIT_MS = 100.0
# What Krita itself and the test's own questions may take together, beyond the baseline.
GAP_CPU_LIMIT_MS = 100.0

# Asking again and again from outside would itself take the UI thread's time.
WAIT_QUIETLY = """
button = widgets.find("sdedit_generate")
loop, timer = QtCore.QEventLoop(), QtCore.QTimer()
timer.timeout.connect(lambda: loop.quit() if button.text() == "Generate" else None)
timer.start(50)
loop.exec_()
"""


def test_an_edit_of_a_large_painting_freezes_krita_no_longer_than_kritas_own_calls(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.create("large", SIDE, SIDE)
    krita.documents.write_layer("Background", (0, 0, SIDE, SIDE), rough_landscape(SIDE, SIDE))
    krita.documents.add_layer("sketch above")
    krita.documents.activate_layer("Background")
    docker.set(steps=2)
    docker.begin()
    docker.rest()  # the backend is warm from here on
    baseline = krita.stalls.baseline(SIDE, SIDE)
    with krita.stalls.watch() as report:
        docker.press()
        krita.run(WAIT_QUIETLY, timeout_s=EDIT_TIMEOUT_S)
        krita.run("windows.settle()")
    assert "as a new layer" in docker.words

    print(f"Krita's own calls at {SIDE}²: {rounded(baseline.calls_ms)}")
    print(f"longest gap with them: {baseline.longest}")
    print(f"an edit of {report.duration_s:.1f} s: {report.entries} entries into the plugin")
    for gap in report.gaps[:6]:
        print(f"  {gap}")
    for stay in report.stays[:8]:
        print(f"  {stay.entry}: {stay.ms:.1f} ms, own {stay.own_ms:.1f}, ", end="")
        print(f"of that at work {stay.own_cpu_ms:.1f}; {rounded(stay.calls)}")
    assert report.stays, "the plugin was watched"
    assert max(stay.own_cpu_ms for stay in report.stays) < OWN_CPU_LIMIT_MS
    assert max(stay.own_ms for stay in report.stays) < OWN_LIMIT_MS
    longest_cpu_ms = max(gap.cpu_ms for gap in [report.longest, *report.gaps])
    assert longest_cpu_ms < baseline.longest.cpu_ms + GAP_CPU_LIMIT_MS


def rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in values.items()}
