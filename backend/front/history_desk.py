"""What clients' edits have given, kept and shown again; each client sees only its own."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Union

from backend.history.entry_file import Entry
from backend.history.store import HistoryStore
from protocol.errors import SDEditError
from protocol.framing import encode
from protocol.limits import LIMITS, Limits
from protocol.messages import (
    NO_SUCH_ENTRY,
    Cancelled,
    EditAgain,
    EditRequest,
    Failed,
    FetchedPictures,
    FetchPictures,
    ForgetHistory,
    Forgotten,
    History,
    ListHistory,
    Message,
    Result,
    Verify,
)

from .client_port import ClientPort, Peer
from .history_thread import HistoryThread, Task
from .jobs import JobRefused

log = logging.getLogger(__name__)

Question = Union[ListHistory, FetchPictures, ForgetHistory, Verify]
QUESTIONS = (ListHistory, FetchPictures, ForgetHistory, Verify)


@dataclass(eq=False)
class Asked:
    """A question on its way."""

    peer: Peer
    question: Question
    task: Task | None = None
    """Once the thread has it."""
    is_cancelled: bool = False


@dataclass(eq=False)
class Keeping(Task):
    """An edit that is to be written."""

    job_id: str = ""
    nbytes: int = 0


class HistoryDesk:
    """Takes finished edits and questions in, and answers; nothing here waits for the disk.

    Of each client one question at a time is worked on, and none while it does not read: so no more
    than one answer for each, with all its pictures, is ever in memory.
    """

    def __init__(
        self,
        store: HistoryStore | None,
        port: ClientPort,
        make_again: Callable[[Peer, EditAgain], None],
        limits: Limits = LIMITS,
    ) -> None:
        """store: None and nothing is kept; make_again: takes a job in, or raises SDEditError."""
        self._thread = None if store is None else HistoryThread(store)
        self._port = port
        self._make_again = make_again
        self._limits = limits
        self._asked: dict[str, deque[Asked]] = {}
        """By key; the first of each may be with the thread."""
        self._unwritten = 0

    def sockets(self) -> Sequence[socket.socket]:
        """Readable when `turn` has something to do."""
        return [] if self._thread is None else [self._thread.woken]

    def keep(self, owner: str, request: EditRequest, result: Result) -> None:
        """Have the edit written, if it is one of a document."""
        if self._thread is None or not request.document:
            return
        nbytes = _nbytes(request) + _nbytes(result)
        if self._unwritten + nbytes > self._limits.unwritten_bytes:
            log.warning("Edit %r is not kept: the disk is too slow.", request.job_id)
            return
        self._unwritten += nbytes
        self._thread.do(
            Keeping(lambda store: store.keep(owner, request, result), None, request.job_id, nbytes)
        )

    def ask(self, peer: Peer, question: Question) -> None:
        """Take a question in. Raises JobRefused when this client has asked too much at once."""
        waiting = self._asked.setdefault(peer.key, deque())
        if len(waiting) >= self._limits.questions:
            raise JobRefused(
                f"The history has {len(waiting)} questions of yours to answer, the most there may "
                "be.",
                "Wait for its answers.",
                code="queue-full",
            )
        waiting.append(Asked(peer, question))

    def cancel(self, peer: Peer, job_id: str) -> bool:
        """Whether this was a `Verify` of this client that has not become a job yet."""
        found = [
            asked
            for asked in self._asked.get(peer.key, ())
            if isinstance(asked.question, Verify) and asked.question.job_id == job_id
        ]
        for asked in found:
            asked.is_cancelled = True
        if found:
            self._port.send(peer, Cancelled(job_id))
        return bool(found)

    def turn(self) -> None:
        """Answer what has been found out, and hand the next questions on."""
        if self._thread is not None:
            for task in self._thread.done():
                if isinstance(task, Keeping):
                    self._on_kept(task)
                else:
                    self._on_answered(task)
        for key, waiting in list(self._asked.items()):
            while waiting and waiting[0].task is None and not self._port.is_behind(key):
                self._begin(waiting)
            if not waiting:
                del self._asked[key]

    def forget(self, lost: set[Peer]) -> None:
        """Connections have broken: what was asked over them needs no answer."""
        for waiting in self._asked.values():
            for asked in waiting:
                asked.is_cancelled = asked.is_cancelled or asked.peer in lost

    def close(self) -> None:
        if self._thread is not None:
            self._thread.close()

    # ------------------------------------------------------------ inside

    def _begin(self, waiting: deque[Asked]) -> None:
        """Work on the first of these."""
        asked = waiting[0]
        if asked.is_cancelled:
            waiting.popleft()
        elif self._thread is None:
            waiting.popleft()
            self._answer(asked, None)
        else:
            asked.task = Task(lambda store: _ask(store, asked.peer.key, asked.question))
            self._thread.do(asked.task)

    def _on_kept(self, task: Keeping) -> None:
        self._unwritten -= task.nbytes
        if isinstance(task.outcome, OSError):
            log.warning("Edit %r is not kept (%s).", task.job_id, task.outcome.strerror)

    def _on_answered(self, task: Task) -> None:
        for waiting in self._asked.values():
            if waiting and waiting[0].task is task:
                asked = waiting.popleft()
                if not asked.is_cancelled:
                    self._answer(asked, task.outcome)

    def _answer(self, asked: Asked, outcome: object) -> None:
        question = asked.question
        job_id = question.job_id if isinstance(question, Verify) else ""
        try:
            if isinstance(outcome, Exception):
                raise SDEditError(
                    "The history cannot be used.", "The backend's log says more.", code="history"
                )
            if isinstance(question, ListHistory):
                page = outcome if isinstance(outcome, History) else History(question.document)
                self._port.send(asked.peer, page)
            elif isinstance(question, ForgetHistory):
                count = outcome if isinstance(outcome, int) else 0
                self._port.send(asked.peer, Forgotten(question.document, question.entry, count))
            elif isinstance(question, FetchPictures):
                self._port.send(asked.peer, _fetched(question.entry, outcome))
            elif isinstance(outcome, Entry):
                self._make_again(asked.peer, outcome.again(question.job_id))
            else:
                raise JobRefused(
                    "This edit is no longer in the history.",
                    "Edits that are too old make room for new ones.",
                    code=NO_SUCH_ENTRY,
                )
        except SDEditError as error:
            self._port.send(asked.peer, Failed.from_error(job_id, error))


def _ask(store: HistoryStore, owner: str, question: Question) -> object:
    if isinstance(question, ListHistory):
        return store.page(owner, question.document, question.before)
    if isinstance(question, ForgetHistory):
        return store.forget(owner, question.document, question.entry)
    return store.read(owner, question.entry)


def _fetched(name: str, outcome: object) -> FetchedPictures:
    if not isinstance(outcome, Entry):
        return FetchedPictures(name)
    result = outcome.result
    return FetchedPictures(name, result.pictures, result.seconds, result.recipe)


def _nbytes(message: Message) -> int:
    return sum(memoryview(frame).nbytes for frame in encode(message)[1:])
