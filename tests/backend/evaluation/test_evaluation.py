"""The figures of an evaluation, with models whose edits are known."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from backend.evaluation import sliced_wasserstein
from backend.evaluation.evaluation import Evaluation, EvaluationError, Plan
from backend.evaluation.photographs import Photograph, to_pixels
from backend.sdedit.coarse_to_fine import ScaleState
from backend.sdedit.edit import NonFiniteResultError
from protocol.errors import InvalidValue
from tests.backend.training.pictures_made import landscape

STEP = 2 / 255  # one step of an 8-bit picture


@pytest.fixture(autouse=True)
def _few_patches(monkeypatch):
    """Exactness is not what is tested here."""
    monkeypatch.setattr(sliced_wasserstein, "PATCHES", 512)


class Brighter:
    """Adds 100 t0 steps of 255 where the mask lets it, and `leak` where it does not."""

    device = torch.device("cpu")
    info = SimpleNamespace(name="brighter")

    def __init__(self, leak: float = 0.0) -> None:
        self.leak = leak
        self.calls: list[dict] = []

    def edit(self, guide, edit):
        self.calls.append({"guide": guide, **vars(edit)})
        change = torch.tensor(100 * edit.t0 * STEP)
        if edit.mask is not None:
            change = torch.where(edit.mask > 0, change, torch.tensor(self.leak))
        yield ScaleState(1, 2, 0.5, lambda: guide)
        yield ScaleState(2, 2, 1.0, lambda: guide + change)


def photographs(count: int) -> list[Photograph]:
    """None so bright or dark that a change would be clipped."""
    pictures = [to_pixels(landscape(i, 96, 64)) for i in range(count)]
    return [Photograph(f"{i}.png", picture // 2 + 40) for i, picture in enumerate(pictures)]


def plan(protocols=("strokes",), colours=(6,), t0s=(0.1, 0.2), **changed) -> Plan:
    return Plan(protocols, colours, t0s, (0.05,), steps=4, seed=9, sampler="em", **changed)


def rows(model, made: Plan, count: int = 2, **options):
    return [cell.row for cell in Evaluation(model, photographs(count), made, **options).cells()]


def test_cells_come_by_protocol_colours_and_t0_the_photographs_and_the_guides_first():
    made = plan(("strokes", "local", "compositing"), colours=(3, 6))

    found = [(row.protocol, row.colours, row.t0) for row in rows(Brighter(), made)]

    assert found == [
        ("strokes", 0, None),
        *(("strokes", colours, t0) for colours in (3, 6) for t0 in (0, 0.1, 0.2)),
        ("local", 0, None),
        *(("local", 6, t0) for t0 in (0, 0.1, 0.2)),
        ("compositing", 0, None),
        *(("compositing", 0, t0) for t0 in (0, 0.05)),
    ]


def test_faithfulness_is_the_distance_from_the_guide_and_0_for_the_guide_itself():
    _, guides, first, second = rows(Brighter(), plan())

    assert (guides.figures["l2"], guides.figures["rms"]) == (0, 0)
    assert [first.figures["rms"], second.figures["rms"]] == pytest.approx([10, 20])
    assert second.figures["l2"] == pytest.approx(20 / 255 * (3 * 96 * 64) ** 0.5)


def test_local_faithfulness_counts_the_region_alone():
    made = plan(("local",))

    assert [row.figures["rms"] for row in rows(Brighter(), made)[2:]] == pytest.approx([10, 20])


def test_realism_is_told_beside_that_of_the_photographs_and_of_the_guides():
    halves, guides, _, edited = rows(Brighter(), plan())

    assert halves.figures["swd"] > 0
    assert guides.figures["swd"] > 0
    assert edited.figures["swd"] > guides.figures["swd"]  # brighter than any photograph
    levels = [edited.figures[f"swd_{level}"] for level in range(3)]
    assert edited.figures["swd"] == pytest.approx(sum(levels) / 3)


def test_a_model_that_gives_the_photographs_back_is_as_realistic_as_they_are():
    class Restoring(Brighter):
        def edit(self, _guide, edit):
            original = photographs(2)[edit.seed - 9].pixels
            yield ScaleState(1, 1, 1.0, lambda: original[None].float() / 127.5 - 1)

    assert rows(Restoring(), plan())[2].figures["swd"] == 0


def test_with_a_reference_the_photographs_are_measured_against_it_too():
    reference = [Photograph("other.png", to_pixels(landscape(7, 80, 64)))]

    for protocol in ("strokes", "local"):
        made = plan((protocol,))
        first = rows(Brighter(), made, reference=reference)[0]
        assert first.figures["swd"] > 0
        own = rows(Brighter(), made, reference=photographs(2))[0]
        assert own.figures["swd"] == 0


def test_a_single_photograph_has_no_halves_to_compare():
    first, guides, *_ = rows(Brighter(), plan(), count=1)

    assert "swd" not in first.figures
    assert "swd" in guides.figures


@pytest.mark.parametrize("protocol", ["local", "compositing"])
def test_kept_pixels_that_change_by_the_least_bit_are_counted(protocol):
    assert rows(Brighter(), plan((protocol,)))[2].figures["changed"] == 0

    model = Brighter(leak=2e-7)
    changed = rows(model, plan((protocol,)))[2].figures["changed"]

    kept = sum(int((call["mask"] == 0).sum()) for call in model.calls[:2])
    assert 0.5 * kept < changed <= kept  # so small a change is lost in the rounding of some


def test_the_guides_hard_borders_are_seams_and_the_photographs_have_none():
    photographs_row, guides, _ = rows(Brighter(), plan(("compositing",)))

    assert photographs_row.figures["seam"] == pytest.approx(1, abs=0.3)
    assert guides.figures["seam"] > 2


def test_the_model_is_given_the_settings_and_another_seed_for_each_photograph():
    model = Brighter()
    rows(model, plan(t0s=(0.3,)))

    assert [call["seed"] for call in model.calls] == [9, 10]
    for call in model.calls:
        assert (call["t0"], call["steps"], call["sampler"]) == (0.3, 4, "em")
        assert call["canvas_height"] == 64
        assert call["guide"].shape == (1, 3, 64, 96)
        assert call["guide"].abs().max() <= 1


def test_progress_counts_parts_of_an_edit():
    told = []
    made = plan()

    rows(Brighter(), made, on_edit=told.append)

    assert told == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert made.edits(2) == 4


def test_numbers_that_are_no_picture_end_it_with_a_sentence():
    class Broken(Brighter):
        def edit(self, guide, _edit):
            yield ScaleState(1, 2, 0.5, lambda: guide)
            raise NonFiniteResultError

    with pytest.raises(EvaluationError, match=r"At t0 0\.1 the model made numbers of 0\.png"):
        rows(Broken(), plan())


def test_what_a_model_refuses_is_an_invalid_value():
    class Refusing(Brighter):
        def edit(self, _guide, _edit):
            raise ValueError("steps is 4, but must be 1.")

    with pytest.raises(InvalidValue, match="must be 1"):
        rows(Refusing(), plan())
