"""The messages, by who sends them. This module is the specification of the protocol.

The jobs are in `requests`, what they are answered by in `answers`, and those about one's history in
`history_messages`; all can be had from here.

client → front     Hello, Ping, EditRequest, ProposeT0, Verify, EditAgain, Cancel, Acknowledge,
                   ListHistory, FetchPictures, ForgetHistory, ReportRequest
front → client     Welcome, Status, Accepted, Progress, Result, Proposal, Verified, Failed,
                   Cancelled, History, FetchedPictures, Forgotten, StatusReport
front → worker     EditRequest, ProposeT0, EditAgain, Cancel
worker → front     WorkerReady, Progress, Result, Proposal, Verified, Failed, Cancelled

EditRequest, ProposeT0, Verify and EditAgain are jobs. A job's answers come in this order: Accepted
(again whenever its position changes, and every few seconds while it waits), Progress any number of
times, then one of Result (for an EditRequest), Proposal (for a ProposeT0), Verified (for a Verify
or an EditAgain), Failed, Cancelled.

Its id is made by the client and belongs to the client's key, not to a connection. The same request
sent again under the same id is the same job: over a new connection, too, it is answered by Accepted
or, when it is done, by its final answer. That is kept until the client acknowledges it, within
LIMITS.kept_bytes and TIMEOUTS.kept_s. Of a client that is gone, jobs go on for
TIMEOUTS.client_return_s; then they are stopped and forgotten, and the id is free again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .answers import (
    NO_SUCH_ENTRY,
    NO_SUCH_JOB,
    REVOKED,
    Accepted,
    Cancelled,
    Failed,
    Progress,
    Proposal,
    Result,
    Verified,
)
from .fields import integer, record, records, text
from .history_messages import (
    FetchedPictures,
    FetchPictures,
    ForgetHistory,
    Forgotten,
    History,
    ListHistory,
)
from .limits import LIMITS
from .message import Message
from .requests import (
    FOOTPRINTS,
    PRIORITIES,
    SEED_MAX,
    STEPS_MAX,
    VARIANTS_MAX,
    EditAgain,
    EditRequest,
    JobRequest,
    ProposeT0,
    Verify,
)

PROTOCOL_VERSION = 2


# ---------------------------------------------------------------- client → front


@dataclass(frozen=True)
class Hello(Message):
    """The first message on a connection; answered by `Welcome`."""

    client: str = text(200)
    """Who speaks, for the log: "krita-plugin 0.1.0"."""


@dataclass(frozen=True)
class Ping(Message):
    """Answered by `Status` with the same number: proof that the front itself still runs."""

    number: int = integer(0, 2**63)


@dataclass(frozen=True)
class Cancel(Message):
    """Stop a job of mine; answered by `Cancelled`, within one network evaluation.

    A job that is not there is answered by `Failed` with NO_SUCH_JOB.
    """

    job_id: str = text(LIMITS.job_id, shortest=1)


@dataclass(frozen=True)
class Acknowledge(Message):
    """The final answer of a job of mine has arrived and need not be kept; never answered."""

    job_id: str = text(LIMITS.job_id, shortest=1)


@dataclass(frozen=True)
class ReportRequest(Message):
    """How the backend is doing, in full; answered by `StatusReport` with the same number."""

    number: int = integer(0, 2**63)


# ---------------------------------------------------------------- front → client


@dataclass(frozen=True)
class Welcome(Message):
    """The answer to `Hello`: who answers, and the models it has.

    Each model is a map with name, title, licence, native_px, sde, classes, takes_prompt, sha256,
    nbytes (of its weights), and proposes_t0: whether it has been calibrated, for `ProposeT0` and
    realism.
    """

    backend: str = text(200)
    models: tuple[dict[str, Any], ...] = records()


@dataclass(frozen=True)
class Status(Message):
    """The answer to `Ping`: the backend's state in a word and in a sentence for the artist."""

    number: int = integer(0, 2**63)
    state: str = text(32)
    """"loading", "ready", "busy" or "broken"."""
    sentence: str = text()
    device: str = text(200, default="")
    running: int = integer(0, 2**31, default=0)
    waiting: int = integer(0, 2**31, default=0)


@dataclass(frozen=True)
class StatusReport(Message):
    """The answer to `ReportRequest`: what an administrator, or an artist who waits, may know.

    devices: of each name, place (its machine, "" for this one), state ("loading", "ready", "busy",
        "waiting" to be started again, "broken"), sentence, model (the last one it worked with),
        done (jobs), seconds (in that state).
    jobs: those that run, then those that wait, in their order: of each position (0 = runs), client
        (1, 2, …: who is who is not told), is_yours, priority, summary, model, width, height,
        waited (seconds), seconds (until it starts, or is done; -1 = unknown).
    totals: running, waiting, devices, done_minute, done_hour, done, failed, cancelled, uptime,
        seconds_each (of the last jobs; -1 = unknown).

    Lists may be cut short; ``totals`` counts all.
    """

    number: int = integer(0, 2**63)
    state: str = text(32)
    """As in `Status`."""
    sentence: str = text()
    engine: str = text(64)
    """"local" or "ray"."""
    devices: tuple[dict[str, Any], ...] = records()
    jobs: tuple[dict[str, Any], ...] = records()
    models: tuple[dict[str, Any], ...] = records()
    """As in `Welcome`."""
    totals: dict[str, Any] = record()


# ---------------------------------------------------------------- worker → front


@dataclass(frozen=True)
class WorkerReady(Message):
    """The worker has loaded its models and takes jobs."""

    device: str = text(200)
    """In words: "CPU, 2 threads" or the GPU's name."""
    models: tuple[dict[str, Any], ...] = records()
    other_devices: str = text(default="")
    """What else this machine could compute on, by torch's names: "cuda:1 cuda:2"."""


KINDS: dict[str, type[Message]] = {
    "hello": Hello,
    "ping": Ping,
    "edit": EditRequest,
    "propose-t0": ProposeT0,
    "verify": Verify,
    "edit-again": EditAgain,
    "cancel": Cancel,
    "acknowledge": Acknowledge,
    "list-history": ListHistory,
    "fetch-pictures": FetchPictures,
    "forget-history": ForgetHistory,
    "report-request": ReportRequest,
    "welcome": Welcome,
    "status": Status,
    "accepted": Accepted,
    "progress": Progress,
    "result": Result,
    "proposal": Proposal,
    "verified": Verified,
    "history": History,
    "fetched-pictures": FetchedPictures,
    "forgotten": Forgotten,
    "status-report": StatusReport,
    "failed": Failed,
    "cancelled": Cancelled,
    "worker-ready": WorkerReady,
}
KIND_OF = {cls: kind for kind, cls in KINDS.items()}

FINAL = (Result, Proposal, Verified, Failed, Cancelled)
"""What a job ends with."""
JOBS = (JobRequest, Verify)
"""What a job begins with."""

__all__ = [
    "FINAL",
    "FOOTPRINTS",
    "JOBS",
    "KINDS",
    "KIND_OF",
    "NO_SUCH_ENTRY",
    "NO_SUCH_JOB",
    "PRIORITIES",
    "PROTOCOL_VERSION",
    "REVOKED",
    "SEED_MAX",
    "STEPS_MAX",
    "VARIANTS_MAX",
    "Accepted",
    "Acknowledge",
    "Cancel",
    "Cancelled",
    "EditAgain",
    "EditRequest",
    "Failed",
    "FetchPictures",
    "FetchedPictures",
    "ForgetHistory",
    "Forgotten",
    "Hello",
    "History",
    "JobRequest",
    "ListHistory",
    "Message",
    "Ping",
    "Progress",
    "Proposal",
    "ProposeT0",
    "ReportRequest",
    "Result",
    "Status",
    "StatusReport",
    "Verified",
    "Verify",
    "Welcome",
    "WorkerReady",
]
