"""A range of frames: one edit each, the same noise for all, one layer of them in the end."""

from __future__ import annotations

import pytest
from sdedit.features import frames
from sdedit.features.frames import ChooseFrames, Frames, MakeFrames
from sdedit.features.strip import Keep, MakeStrip, Strip
from sdedit.jobs.job import Stage
from sdedit.panel_state import Mood
from sdedit.protocol.bounds import Bounds
from sdedit.studio import Animation, LayerLook

from tests.plugin.desk import Desk
from tests.plugin.fronts import Front
from tests.plugin.memory_studio import MemoryDocument, MemoryReel

COLOURS = {
    0: b"\x10\x20\x30\xff",
    12: b"\x20\x30\x40\xff",
    14: b"\x30\x40\x50\xff",
    15: b"\x40\x50\x60\xff",
}


@pytest.fixture
def animated(desk: Desk) -> Desk:
    desk.core.add(Frames(desk.core))
    desk.studio.document.animation = Animation(frame=12, first=12, last=16)
    desk.studio.document.keyframes = dict(COLOURS)
    desk.core.look()
    return desk


def make(desk: Desk) -> MemoryReel:
    desk.core.do(MakeFrames())
    (reel,) = desk.studio.document.reels
    return reel


def inverted(colour: bytes) -> bytes:
    """What the worker without torch makes of it."""
    return bytes(255 - value for value in colour)


def test_every_frame_of_the_range_is_made_and_all_become_one_layer(animated: Desk) -> None:
    reel = make(animated)
    animated.wait_for(lambda: not animated.state.is_working)
    assert sorted(reel.written) == [12, 14, 15], "held frames are not made twice"
    for frame, picture in reel.written.items():
        assert bytes(picture.data[:4]) == inverted(COLOURS[frame]), "each has its own guide"
    assert [name for name, _, _ in animated.studio.document.added] == ["SDEdit t0 0.45 seed 7"]
    assert animated.state.status.startswith("5 frames in")
    assert animated.studio.document.recipes["1"]["seed"] == 7
    assert reel.is_closed


def test_all_frames_have_the_same_noise_also_with_a_random_seed(animated: Desk) -> None:
    animated.core.change(is_seed_random=True)
    make(animated)
    seeds = set()
    while animated.state.is_working:
        seeds |= {job.settings.seed for job in animated.core.jobs}
        animated.core.tick()
    assert seeds == {animated.core.settings.seed}
    assert animated.studio.document.recipes["1"]["seed"] in seeds - {7}


def test_the_status_says_which_frame_it_is(animated: Desk) -> None:
    make(animated)
    animated.wait_for(lambda: not animated.state.is_working)
    said = " ".join(animated.said)
    assert "Frame 1 of 5" in said
    assert "Frame 3 of 5" in said
    assert "Frame 4 of 5" in said
    assert "as a new layer" not in said, "no frame alone is said to be done"
    shares = [state.progress for state in animated.states if state.progress]
    assert shares == sorted(shares), "the bar never goes back"


def test_no_more_jobs_than_half_of_what_a_backend_takes_are_under_way(animated: Desk) -> None:
    animated.studio.document.keyframes = {time: bytes((time, 0, 0, 255)) for time in range(40)}
    animated.core.do(ChooseFrames(0, 29))
    reel = make(animated)
    most = 0
    while animated.state.is_working:
        animated.core.tick()
        most = max(most, len(animated.core.jobs))
    assert len(reel.written) == 30
    assert 1 < most <= frames.AT_ONCE


def test_cancel_stops_the_rest_and_keeps_what_is_made(animated: Desk) -> None:
    animated.core.change(steps=20)
    reel = make(animated)
    animated.wait_for(lambda: len(reel.written) == 1)
    animated.core.press()
    animated.wait_for(lambda: not animated.state.is_working)
    assert len(reel.written) < 3
    assert animated.state.status == "Cancelled."
    assert "of 5 frames are there" in animated.state.hint
    assert len(animated.studio.document.added) == 1
    assert reel.is_closed


def test_cancelled_before_the_first_frame_the_document_is_as_it_was(animated: Desk) -> None:
    animated.core.change(steps=200)
    reel = make(animated)
    animated.wait_for_status("Frame 1 of 5")
    animated.core.press()
    animated.wait_for(lambda: not animated.state.is_working)
    assert animated.state.status == "Cancelled. The document is as it was."
    assert not animated.studio.document.added
    assert reel.is_closed
    animated.core.do(MakeFrames())
    assert animated.state.is_working, "and another range can be made"


def test_an_edit_of_ones_own_comes_first_and_cancel_takes_what_is_shown(
    animated: Desk,
) -> None:
    animated.core.change(steps=60)
    reel = make(animated)
    animated.wait_for_status("Frame 1 of 5")
    animated.core.change(steps=3)
    animated.core.generate()
    animated.wait_for(lambda: len(animated.studio.document.added) == 1)
    assert len(reel.written) < 3, "it did not wait for the whole range"
    animated.wait_for(lambda: not animated.state.is_working)
    assert len(animated.studio.document.added) == 2


def test_the_range_goes_on_while_the_artist_paints_and_turns_to_another_document(
    animated: Desk,
) -> None:
    reel = make(animated)
    animated.studio.document.keyframes = {0: bytes(4)}
    animated.studio.open[2] = MemoryDocument()
    animated.studio.active = 2
    animated.core.look()
    animated.wait_for(lambda: reel.is_closed)
    assert bytes(reel.written[14].data[:4]) == inverted(COLOURS[14])
    assert len(animated.studio.open[1].added) == 1
    assert not animated.studio.open[2].added


def test_strokes_may_be_anywhere_in_each_frame_and_blank_frames_stay_blank(
    animated: Desk,
) -> None:
    document = animated.studio.document
    document.painted = Bounds(4, 4, 6, 6)
    document.look = LayerLook(has_clear=True, is_over_picture=True)
    document.keyframes[14] = bytes(4)
    reel = make(animated)
    animated.wait_for(lambda: not animated.state.is_working)
    assert sorted(reel.written) == [12, 15]
    assert animated.state.status.startswith("5 frames in")
    assert reel.written[12].bounds == document.canvas, "not only where this frame has paint"


def test_a_range_of_blank_frames_makes_no_layer(animated: Desk) -> None:
    document = animated.studio.document
    document.painted = Bounds(4, 4, 6, 6)
    document.look = LayerLook(has_clear=True, is_over_picture=True)
    document.keyframes = {0: bytes(4)}
    reel = make(animated)
    animated.wait_for(lambda: reel.is_closed)
    assert animated.state.status == "Nothing is painted in these frames."
    assert not document.added


def test_a_document_that_is_closed_ends_its_range(animated: Desk) -> None:
    animated.core.change(steps=100)
    reel = make(animated)
    animated.wait_for_status("Frame 1 of 5")
    animated.studio.open[2] = MemoryDocument()
    animated.studio.close(1)
    animated.wait_for(lambda: reel.is_closed)
    assert not animated.state.is_working


def test_a_brush_that_is_down_holds_the_range_up_and_is_never_ended(animated: Desk) -> None:
    animated.studio.document.is_busy = True
    reel = make(animated)
    for _ in range(20):
        animated.core.tick()
    assert all(job.stage is Stage.READING for job in animated.core.jobs)
    animated.studio.document.is_busy = False
    animated.wait_for(lambda: reel.is_closed)
    assert animated.studio.strokes_ended == 0


def test_a_backend_that_cannot_start_is_told_and_ends_the_range(
    front: Front, animated: Desk
) -> None:
    front.becomes("dies at once")
    reel = make(animated)
    animated.wait_for(lambda: reel.is_closed)
    assert animated.state.mood is Mood.PROBLEM
    assert not animated.studio.document.added


def test_what_cannot_be_made_is_said(animated: Desk) -> None:
    animated.core.do(ChooseFrames(9, 8))
    animated.core.do(MakeFrames())
    assert animated.state.status == "The range of frames is empty."
    animated.studio.document.animation = None
    animated.core.do(MakeFrames())
    assert animated.state.status == "This document has no animation."
    assert animated.state.frames is None
    assert not animated.state.is_working


def test_the_range_is_that_which_is_played_until_another_one_is_chosen(animated: Desk) -> None:
    assert animated.state.frames == (12, 16)
    animated.core.do(ChooseFrames(3, 5))
    assert animated.state.frames == (3, 5)


def test_a_single_edit_says_and_keeps_to_the_frame_that_is_shown(animated: Desk) -> None:
    assert animated.state.area == "Whole canvas, 40 × 30 px, frame 12"
    animated.core.press()
    animated.studio.document.animation = Animation(frame=20, first=12, last=16)
    animated.wait_for(lambda: not animated.state.is_working)
    assert animated.studio.document.frames == [12], "wherever the artist has turned meanwhile"


def test_a_kept_candidate_comes_to_the_frame_that_it_was_made_of(animated: Desk) -> None:
    animated.core.add(Strip(animated.core))
    animated.core.do(MakeStrip())
    animated.wait_for(lambda: not animated.state.is_working)
    animated.studio.document.animation = Animation(frame=20, first=12, last=16)
    animated.core.do(Keep(0))
    animated.wait_for(lambda: len(animated.studio.document.added) == 1)
    assert animated.studio.document.frames == [12]
