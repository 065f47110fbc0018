"""A worker process without torch that does what a job's ``sampler`` tells it to.

    plain        steps of --step-s, then the guide's pixels inverted
    echo         the same, with the guide's own pixels
    crash        dies at the first step
    crash-once   dies at the first step, the first time only
    gate         makes its first step when the file "open" is in the folder
    hang         stops answering after the first step
    garbage      sends bytes that are no message, and goes on
    chatter      sends a large preview with every step
    refuse       answers Failed
    FATE@STAGE   meets this fate at this stage of the job, the first time only: see FATES

It is a second implementation of the engine's side: the same sockets, keys and lifeline as the
real worker, other work.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from backend.lifeline import STDIN, when_stdin_closes
from backend.worker.link import Link, read_way
from protocol.bounds import Bounds
from protocol.images import Image, PixelFormat
from protocol.messages import (
    Cancel,
    Cancelled,
    EditAgain,
    EditRequest,
    Failed,
    JobRequest,
    Message,
    Progress,
    Proposal,
    ProposeT0,
    Result,
    Verified,
    WorkerReady,
)

DIES_WITH = 7
PROPOSED_T0 = 0.37
PROPOSED_BECAUSE = "From t0 0.37 on the model can make a real picture of this painting."


def hang() -> None:
    threading.Event().wait()


FATES: dict[str, Callable[[], None]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segv": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "hang": hang,
}
STAGES = ("loading", "taken", "first step", "last step", "sent")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--load-s", type=float, default=0.0)
    parser.add_argument("--step-s", type=float, default=0.01)
    parser.add_argument("--loading", choices=["works", "dies", "fails", *FATES], default="works")
    parser.add_argument("--others", default="")
    options = parser.parse_args()
    (options.folder / f"worker-{os.getpid()}").touch()
    link = Link(read_way(STDIN))
    when_stdin_closes(lambda: os._exit(0))
    time.sleep(options.load_s)
    suffer(f"{options.loading}@loading", "loading", options.folder)
    if options.loading == "dies":
        os._exit(DIES_WITH)
    if options.loading == "fails":
        link.send(Failed("", "no-paint", "There is no paint.", "Buy some."))
        threading.Event().wait()
    model = {"name": "landscape", "title": "Test", "licence": "none"}
    link.send(WorkerReady("test device", (model,), options.others))
    nth = 0
    while True:
        message = link.wait()
        if isinstance(message, ProposeT0):
            link.send(proposal(link, message, options.folder))
        if isinstance(message, EditRequest):
            nth += 1
            link.send(answer(link, message, options, nth))
            suffer(message.sampler, "sent", options.folder)


def proposal(link: Link, request: ProposeT0, folder: Path) -> Message:
    """Ids that begin with "gate" wait at the gate, "crash-once" dies the first time."""
    link.send(Progress(request.job_id, 0, 1))
    while request.job_id.startswith("gate") and not (folder / "open").exists():
        if link.receive() == Cancel(request.job_id):
            return Cancelled(request.job_id)
        time.sleep(0.005)
    if request.job_id.startswith("crash-once"):
        crash_once(request, folder)
    return Proposal(request.job_id, PROPOSED_T0, "least-real", PROPOSED_BECAUSE)


def answer(link: Link, request: EditRequest, options: argparse.Namespace, nth: int) -> Message:
    began = time.monotonic()
    link.send(Progress(request.job_id, 0, request.steps))
    suffer(request.sampler, "taken", options.folder)
    while request.sampler == "gate" and not (options.folder / "open").exists():
        if link.receive() == Cancel(request.job_id):
            return Cancelled(request.job_id)
        time.sleep(0.005)
    for step in range(1, request.steps + 1):
        time.sleep(options.step_s)
        while (message := link.receive()) is not None:
            if message == Cancel(request.job_id):
                return Cancelled(request.job_id)
        preview = noise_picture() if request.sampler == "chatter" else None
        link.send(Progress(request.job_id, step, request.steps, preview=preview))
        if step == 1:
            suffer(request.sampler, "first step", options.folder)
        if step == request.steps:
            suffer(request.sampler, "last step", options.folder)
        misbehave(link, request, options.folder)
    if request.sampler == "refuse":
        return Failed(request.job_id, "no-wish", "I do not want to.", "Ask again.")
    pictures = [*pictures_of(request)]
    if isinstance(request, EditAgain):
        return Verified(request.job_id, pictures == [*request.pictures], 0.0, 0, 0)
    recipe = {**request.recipe(), "pid": os.getpid(), "nth": nth}
    t0s = request.t0s or (request.t0,) * len(pictures)
    readings = [{"t0": t0, "faithfulness": 60.0 * t0, "realism": t0} for t0 in t0s]
    shown = [one_pixel(nth) for nth in range(len(pictures) if request.shown_px else 0)]
    seconds = time.monotonic() - began
    return Result(request.job_id, pictures, seconds, recipe, readings, (), tuple(shown))


def pictures_of(request: EditRequest) -> Iterator[Image]:
    """The guide inverted; of several pictures, each as far as its t0, or darker by its number."""
    guide = request.guide
    tables = [bytes(255 - value for value in range(256))]
    if request.sampler == "echo":
        tables = [bytes(range(256))]
    elif request.t0s:
        # 255 stays, so that what is opaque does.
        tables = [
            bytes([*(round(value + (255 - 2 * value) * t0) for value in range(255)), 255])
            for t0 in request.t0s
        ]
    elif request.picture_count > 1:
        tables = [
            bytes([*(max(0, value - 9 * nth) for value in range(255)), 255])
            for nth in range(request.picture_count)
        ]
    for table in tables:
        yield Image(guide.bounds, guide.format, bytes(guide.data).translate(table))


def suffer(sampler: str, stage: str, folder: Path) -> None:
    """Meet the fate that ``sampler`` names, if it is due at this stage and was not met before."""
    fate, _, due = sampler.partition("@")
    met = folder / f"met {sampler}"
    if fate in FATES and due == stage and not met.exists():
        met.touch()
        FATES[fate]()


def misbehave(link: Link, request: EditRequest, folder: Path) -> None:
    if request.sampler == "crash":
        os._exit(DIES_WITH)
    if request.sampler == "crash-once":
        crash_once(request, folder)
    if request.sampler == "hang":
        hang()
    if request.sampler == "garbage":
        link._socket.send_multipart([b"\xc1garbage"])


def crash_once(request: JobRequest, folder: Path) -> None:
    marker = folder / f"crashed-{request.job_id}"
    if not marker.exists():
        marker.touch()
        os._exit(DIES_WITH)


def one_pixel(value: int) -> Image:
    return Image(Bounds(0, 0, 1, 1), PixelFormat(), bytes((value, value, value, 255)))


def noise_picture() -> Image:
    return Image(Bounds(0, 0, 512, 512), PixelFormat(), os.urandom(4 * 512 * 512))


if __name__ == "__main__":
    main()
