from __future__ import annotations

import pytest

from backend.evaluation.speed.measurement import Measurement
from backend.evaluation.speed.report import NO_DIFFUSERS, Report, with_section
from backend.evaluation.speed.timing import Contender, Times


def times(name: str, evaluations: int, *seconds: float) -> Times:
    return Times(Contender(name, evaluations, 20, lambda: None), seconds)


MEASUREMENT = Measurement(
    title="Landscapes",
    size=256,
    bare=times("the network alone", 20, 0.100, 0.200, 0.100),
    ours=times("SDEdit for Krita", 20, 0.101, 0.204, 0.105),
    loop_alone=times("SDEdit for Krita", 20, 0.002, 0.001, 0.009),
    released=times("the released SDEdit", 1200, 0.110, 0.220, 0.110),
    diffusers=(times("diffusers", 20, 0.100, 0.230, 0.120),),
    calls={
        "the network alone": 20,
        "SDEdit for Krita": 20,
        "the released SDEdit": 20,
        "diffusers": 21,
    },
    compiled_s=0.0,
)


def report(**changes) -> str:
    measurement = Measurement(**(MEASUREMENT.__dict__ | changes))
    return Report(
        "CPU: X", "torch 2", 3, [measurement], {256: 2**30, 4096: 3 * 2**29}, "landscape"
    ).markdown()


def test_ratios_are_medians_of_the_rounds_with_their_spread():
    lines = report().splitlines()

    assert "| the network alone | 20 | 100.0 | 1.000 (1.000–1.000) | 2 | 0.980 |" in lines
    assert "| SDEdit for Krita | 20 | 105.0 | 1.020 (1.010–1.050) | 2.1 | 1.000 |" in lines
    assert "| diffusers | 20 | 120.0 | 1.150 (1.000–1.200) | 2.4 | 1.127 |" in lines


def test_the_released_program_s_pictures_are_multiplied_out_from_its_first_evaluations():
    text = report()

    assert "| the released SDEdit | 1200 | 110.0 | 1.100 (1.100–1.100) | 132 | 64.7 |" in text
    assert "| the same, T = 500 | 1500 |  |  | 165 | 80.9 |" in text
    assert "20 evaluations long, of the released program's 1200 the first ones;" in text


def test_the_floor_and_the_loop_s_own_work_are_told():
    text = report()

    assert "is 20 forwards of the network alone, 2 s; ours takes 1.020 times that." in text
    assert "our loop takes 2 ms a step, 2.0% of a forward." in text


def test_a_loop_that_called_the_network_more_often_is_named():
    assert "diffusers called the network 21 times in 20 steps." in report()
    assert "called" not in report(calls=dict.fromkeys(MEASUREMENT.calls, 20))


def test_what_compiling_took_is_told_where_it_was_done():
    assert "compiled" not in report()
    assert "The network was compiled, which took 62 s." in report(compiled_s=62.4)


def test_memory_is_told_for_each_size():
    assert "| 256 × 256 px | 1.00 |\n| 4096 × 4096 px | 1.50 |\n" in report()


def test_without_diffusers_a_sentence_stands_in_its_place():
    assert NO_DIFFUSERS not in report()
    assert NO_DIFFUSERS in report(diffusers=())


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("", "## CPU: X\n\nnew\n"),
        ("# Results\n\nWords.\n", "# Results\n\nWords.\n\n## CPU: X\n\nnew\n"),
        (
            "# Results\n\n## CUDA: Y\n\n1\n\n## CPU: X\n\nold\n\n### Part\n\n## CPU: X2\n\n2\n",
            "# Results\n\n## CUDA: Y\n\n1\n\n## CPU: X\n\nnew\n\n## CPU: X2\n\n2\n",
        ),
    ],
)
def test_a_section_takes_the_place_of_its_machine_s_older_one(document, expected):
    assert with_section(document, "## CPU: X\n\nnew\n") == expected
    assert with_section(expected, "## CPU: X\n\nnew\n") == expected
