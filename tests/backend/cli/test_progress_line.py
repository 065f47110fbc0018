from __future__ import annotations

import io

from backend.cli.progress_line import ProgressLine
from protocol.messages import Accepted, Message, Progress, Status


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, *messages: Message) -> str:
    line = ProgressLine(stream)
    for message in messages:
        line.show(message)
    line.end()
    return stream.getvalue()


EDIT = (
    Status(1, "loading", "Loading the model."),
    Status(2, "loading", "Loading the model."),
    Accepted("a", 3),
    Accepted("a", 0),
    Progress("a", 1, 2, 12.4),
    Progress("a", 2, 2, 0.0),
)


def test_on_a_terminal_one_line_is_rewritten() -> None:
    said = shown(Terminal(), *EDIT)
    assert said.count("\n") == 1
    assert [part.rstrip() for part in said.split("\r")] == [
        "",
        "Loading the model.",
        "Waiting: 2 before this one.",
        "Step 1 of 2, 12 s left.",
        "Step 2 of 2.",
    ]


def test_a_shorter_text_covers_a_longer_one_completely() -> None:
    first, second = shown(Terminal(), EDIT[2], EDIT[5]).rstrip("\n").split("\r")[1:]
    assert len(second) == len(first)


def test_in_a_file_a_long_edit_takes_about_ten_lines() -> None:
    steps = [Progress("a", step, 200, 1.0) for step in range(1, 201)]
    lines = shown(io.StringIO(), *steps).splitlines()
    assert 10 <= len(lines) <= 11
    assert lines[-1] == "Step 200 of 200."


def test_minutes_are_told_as_minutes_and_the_unknown_not_at_all() -> None:
    said = shown(io.StringIO(), Progress("a", 1, 20, 600.0), Progress("a", 2, 20, -1.0))
    assert said.splitlines()[0] == "Step 1 of 20, 10 min left."
    assert shown(io.StringIO(), Progress("a", 1, 9, -1.0)) == "Step 1 of 9.\n"
