"""Finished edits of a document are kept, listed, fetched, made again and forgotten."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from backend.history.store import HistoryStore
from protocol.images import Image
from protocol.messages import (
    NO_SUCH_ENTRY,
    Cancel,
    Cancelled,
    EditRequest,
    Failed,
    FetchedPictures,
    FetchPictures,
    ForgetHistory,
    Forgotten,
    History,
    ListHistory,
    Result,
    Verified,
    Verify,
)
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import RunningFront, Voice, edit_request

DOCUMENT = "a painting's own name"
BUDGET = 1 << 20


@pytest.fixture
def front(start_front: StartFront) -> RunningFront:
    return start_front(history_budget=BUDGET)


def made(voice: Voice, **changes: object) -> tuple[EditRequest, Result]:
    """An edit of the document, made and answered."""
    request = edit_request(steps=1, document=DOCUMENT, **changes)
    voice.say(request)
    return request, voice.expect(Result, request.job_id)


def page(voice: Voice, document: str = DOCUMENT, before: str = "") -> History:
    voice.say(ListHistory(document, before))
    return voice.expect(History)


def names(history: History) -> list[str]:
    return [entry["entry"] for entry in history.entries]


def files(front: RunningFront) -> list[Path]:
    return [path for path in (front.folder / "history").rglob("*") if path.is_file()]


def pixels(pictures: tuple[Image, ...]) -> list[bytes]:
    return [bytes(picture.data) for picture in pictures]


def test_a_finished_edit_is_listed_and_fetched_as_it_was(front: RunningFront) -> None:
    voice = front.connect()
    request, result = made(voice, seed=2**64 - 1, prompt="p" * 4096)
    listed = page(voice)
    (entry,) = listed.entries
    assert entry["entry"] == request.job_id
    assert (entry["seed"], entry["t0"], entry["pictures"]) == (request.seed, request.t0, 1)
    assert listed.document == DOCUMENT
    assert not listed.has_more
    voice.say(FetchPictures(request.job_id))
    fetched = voice.expect(FetchedPictures)
    assert fetched.entry == request.job_id
    assert fetched.recipe == result.recipe
    assert fetched.pictures[0].format == result.pictures[0].format
    assert pixels(fetched.pictures) == pixels(result.pictures)


def test_an_edit_without_a_document_is_not_kept(front: RunningFront) -> None:
    voice = front.connect()
    voice.say(edit_request(steps=1))
    voice.expect(Result)
    assert names(page(voice)) == []
    assert files(front) == []


def test_failed_and_cancelled_edits_are_not_kept(front: RunningFront) -> None:
    voice = front.connect()
    voice.say(edit_request(sampler="refuse", document=DOCUMENT))
    voice.expect(Failed)
    request = edit_request(sampler="gate", document=DOCUMENT)
    voice.say(request)
    voice.say(Cancel(request.job_id))
    voice.expect(Cancelled, request.job_id)
    assert names(page(voice)) == []


def test_pages_go_from_the_newest_to_the_oldest_and_miss_none(front: RunningFront) -> None:
    voice = front.connect()
    expected = [made(voice)[0].job_id for _ in range(11)][::-1]
    first = page(voice)
    assert names(first) == expected[:8]
    assert first.has_more
    second = page(voice, before=names(first)[-1])
    assert names(second) == expected[8:]
    assert not second.has_more
    assert names(page(voice, before="never there")) == []


def test_the_history_outlives_a_backend_that_is_killed(front: RunningFront) -> None:
    voice = front.connect()
    request, result = made(voice)
    page(voice)  # it is written by now
    front.process.kill()
    front.process.wait()
    store = HistoryStore(front.folder / "history")
    entry = store.read(front.keys().public, request.job_id)
    assert entry is not None
    assert entry.request == request
    assert pixels(entry.result.pictures) == pixels(result.pictures)


def test_what_waits_to_be_written_is_written_before_the_backend_ends(front: RunningFront) -> None:
    made(front.connect(), width=128, height=128)
    front.close_stdin()
    front.process.wait()
    assert len(files(front)) == 1


def test_another_client_sees_and_changes_nothing(front: RunningFront) -> None:
    mine, other = front.connect(), front.connect(front.authorise("another artist"))
    request, _ = made(mine)
    assert names(page(other)) == []
    other.say(FetchPictures(request.job_id))
    assert other.expect(FetchedPictures).pictures == ()
    other.say(ForgetHistory(DOCUMENT, request.job_id))
    assert other.expect(Forgotten).entries == 0
    other.say(ForgetHistory(DOCUMENT))
    assert other.expect(Forgotten).entries == 0
    other.say(Verify("again", request.job_id))
    assert other.expect(Failed, "again").code == NO_SUCH_ENTRY
    assert names(page(mine)) == [request.job_id]


def test_an_entry_and_then_all_of_a_document_are_forgotten(front: RunningFront) -> None:
    voice = front.connect()
    first, second, third = (made(voice)[0].job_id for _ in range(3))
    voice.say(ForgetHistory("another document"))
    assert voice.expect(Forgotten).entries == 0
    voice.say(ForgetHistory(DOCUMENT, second))
    assert voice.expect(Forgotten) == Forgotten(DOCUMENT, second, 1)
    assert names(page(voice)) == [third, first]
    voice.say(ForgetHistory(DOCUMENT))
    assert voice.expect(Forgotten) == Forgotten(DOCUMENT, "", 2)
    assert names(page(voice)) == []
    assert files(front) == []


def test_the_oldest_make_room_within_the_budget(start_front: StartFront) -> None:
    front = start_front(history_budget=100_000)
    voice = front.connect()
    made_ids = [made(voice, width=64, height=64)[0].job_id for _ in range(8)]
    kept = names(page(voice))
    assert sum(path.stat().st_size for path in files(front)) <= 100_000
    assert 1 < len(kept) < 8
    assert kept == made_ids[::-1][: len(kept)]


def test_an_edit_larger_than_the_budget_costs_no_other_one(start_front: StartFront) -> None:
    front = start_front(history_budget=100_000)
    voice = front.connect()
    small = made(voice)[0].job_id
    made(voice, width=256, height=256)
    assert names(page(voice)) == [small]
    assert "larger than the history's budget" in front.output


def test_with_the_history_off_all_is_answered_and_nothing_kept(start_front: StartFront) -> None:
    front = start_front()
    voice = front.connect()
    request, _ = made(voice)
    assert names(page(voice)) == []
    voice.say(FetchPictures(request.job_id))
    assert voice.expect(FetchedPictures).pictures == ()
    voice.say(ForgetHistory(DOCUMENT))
    assert voice.expect(Forgotten).entries == 0
    voice.say(Verify("again", request.job_id))
    assert voice.expect(Failed, "again").code == NO_SUCH_ENTRY


def test_a_full_disk_costs_the_entry_and_not_the_edit(front: RunningFront) -> None:
    voice = front.connect()
    kept = made(voice)[0].job_id
    page(voice)
    log_size = (front.folder / "front.log").stat().st_size + 20_000
    resource.prlimit(front.process.pid, resource.RLIMIT_FSIZE, (log_size, log_size))
    request, _ = made(voice, width=128, height=128)
    assert names(page(voice)) == [kept]
    assert f"Edit {request.job_id!r} is not kept" in front.output
    assert len(files(front)) == 1


def test_others_are_answered_while_a_large_edit_is_written(start_front: StartFront) -> None:
    front = start_front(history_budget=1 << 30)
    large, small = front.connect(), front.connect()
    request = edit_request(4096, 4096, sampler="echo", steps=1, document=DOCUMENT)
    large.say(request)
    slowest, was_seen = 0.0, False
    while not any(path.suffix == ".edit" for path in files(front)):
        began = time.monotonic()
        small.ask_status()
        slowest = max(slowest, time.monotonic() - began)
        was_seen = was_seen or bool(files(front))
    assert was_seen, "it was not looked at while it was written"
    assert slowest < 1
    assert names(page(large)) == [request.job_id]


def test_an_edit_is_made_again_and_compared(front: RunningFront) -> None:
    voice = front.connect()
    request, _ = made(voice)
    voice.say(Verify("again", request.job_id))
    answer = voice.expect(Verified, "again")
    assert answer.is_equal
    assert names(page(voice)) == [request.job_id]  # making it again is no new entry
    voice.say(Verify("never", "never there"))
    assert voice.expect(Failed, "never").code == NO_SUCH_ENTRY


def test_one_sent_again_over_a_new_connection_is_answered_once(front: RunningFront) -> None:
    voice = front.connect()
    request, _ = made(voice)
    voice.say(Verify("again", request.job_id))
    other = front.connect()
    other.say(Verify("again", request.job_id))
    assert other.expect(Verified, "again").is_equal


def test_a_client_that_asks_too_much_at_once_is_refused(front: RunningFront) -> None:
    voice = front.connect()
    for _ in range(60):
        voice.say(ListHistory(DOCUMENT))
    refused = voice.expect(Failed)
    assert (refused.job_id, refused.code) == ("", "queue-full")
    page(voice)


def test_a_damaged_file_is_passed_over(front: RunningFront) -> None:
    voice = front.connect()
    first, second = (made(voice)[0].job_id for _ in range(2))
    page(voice)
    newest = max(files(front), key=lambda path: path.name)
    whole = newest.read_bytes()
    newest.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert names(page(voice)) == [second, first]  # its list is still whole
    voice.say(FetchPictures(second))
    assert voice.expect(FetchedPictures).pictures == ()
    for damage in (whole[:-1], b"anything"):
        newest.write_bytes(damage)
        assert names(page(voice)) == [first]
