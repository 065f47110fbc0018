from __future__ import annotations

from dataclasses import replace

import pytest

from backend.front.spreading import Assembly, parts_of
from protocol.images import Image
from protocol.messages import (
    SEED_MAX,
    EditAgain,
    EditRequest,
    JobRequest,
    Progress,
    ProposeT0,
    Result,
)
from tests.backend.front.running_front import edit_request


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def result(part: EditRequest, value: int, **recipe: object) -> Result:
    """What a worker answers: a picture of this value."""
    bounds, of = part.guide.bounds, part.guide.format
    picture = Image(bounds, of, bytes([value]) * part.guide.nbytes)
    return Result(part.job_id, (picture,), 1.0, {**part.recipe(), **recipe}, ({"t0": part.t0},))


def split(**changes: object) -> tuple[EditRequest, list[EditRequest]]:
    request = edit_request(**changes)
    return request, [part for part in parts_of(request) if isinstance(part, EditRequest)]


def test_variants_become_one_request_for_each_seed() -> None:
    request, parts = split(variants=3, seed=SEED_MAX - 1)
    assert [part.seed for part in parts] == [SEED_MAX - 1, SEED_MAX, 0]
    assert len({part.job_id for part in parts} | {request.job_id}) == 4
    whole = {"job_id": request.job_id, "variants": 3, "seed": request.seed, "previews": True}
    assert [replace(part, **whole) for part in parts] == [request] * 3  # type: ignore[arg-type]


def test_a_strip_becomes_one_request_for_each_t0_with_the_same_noise() -> None:
    request, parts = split(t0s=(0.2, 0.5), seed=7)
    assert [(part.t0, part.t0s, part.seed) for part in parts] == [(0.2, (), 7), (0.5, (), 7)]
    assert all(part.guide.data is request.guide.data for part in parts)


def test_only_the_first_part_has_previews() -> None:
    _, parts = split(variants=3)
    assert [part.previews for part in parts] == [True, False, False]
    assert not any(part.previews for part in split(variants=3, previews=False)[1])


def test_a_ladder_stays_whole_for_each_picture_is_made_from_the_one_before() -> None:
    request = edit_request(ladder=True, repeats=3)
    assert parts_of(request) == [request]


@pytest.mark.parametrize("kind", [EditRequest, ProposeT0, EditAgain])
def test_what_has_one_picture_or_compares_several_stays_whole(kind: type[JobRequest]) -> None:
    request: JobRequest = edit_request()
    if kind is ProposeT0:
        request = ProposeT0("a", request.guide, request.canvas_width, request.canvas_height)
    elif kind is EditAgain:
        fields = {**vars(request), "variants": 2, "pictures": (request.guide,) * 2}
        request = EditAgain(**fields)
    assert parts_of(request) == [request]


def test_the_answers_of_parts_become_one_in_the_order_of_the_pictures() -> None:
    request, parts = split(variants=3, seed=4)
    assembly = Assembly(request, parts)
    answers = [result(parts[n], n, device=f"GPU {n % 2}", torch="2") for n in range(3)]
    assert assembly.add(answers[2]) is None
    assert assembly.add(answers[0]) is None
    whole = assembly.add(answers[1])
    assert whole is not None
    assert whole.job_id == request.job_id
    assert [bytes(picture.data)[0] for picture in whole.pictures] == [0, 1, 2]
    assert whole.recipe == {**request.recipe(), "device": "GPU 0, GPU 1", "torch": "2"}
    assert len(whole.readings) == 3


def test_progress_is_that_of_all_parts() -> None:
    clock = Clock()
    request, parts = split(variants=2)
    assembly = Assembly(request, parts, clock)
    assembly.begin()
    clock.now += 10
    told = [
        assembly.progress(Progress(parts[n].job_id, step, 4))
        for n, step in [(0, 1), (1, 3), (0, 4)]
    ]
    assert [(one.job_id, one.step, one.of) for one in told] == [
        (request.job_id, 1, 8),
        (request.job_id, 4, 8),
        (request.job_id, 7, 8),
    ]
    assert told[1].seconds_left == pytest.approx(10)


def test_a_whole_job_is_passed_on_untouched() -> None:
    request = edit_request()
    assembly = Assembly(request, [request])
    progress, answer = Progress(request.job_id, 2, 3, 1.5), result(request, 1)
    assert assembly.progress(progress) is progress
    assert assembly.add(answer) is answer
