"""No exception leaves a function that Qt or Krita calls."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sdedit import slots
from sdedit.slots import log_to, slot, when_something_went_wrong


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(slots, "_listeners", [])
    sentences: list[str] = []
    when_something_went_wrong(sentences.append)
    return sentences


@pytest.fixture
def plugin_log(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "logs" / "plugin.log"
    logger = logging.getLogger("sdedit")
    before = list(logger.handlers)
    log_to(file)
    yield file
    for handler in set(logger.handlers) - set(before):
        handler.close()
        logger.removeHandler(handler)


@slot
def fails(text: str) -> None:
    raise RuntimeError(text)


def test_an_error_is_told_in_a_sentence(told: list[str]) -> None:
    assert fails("no paint") is None
    assert told == ["Something went wrong in the SDEdit plugin (no paint)."]


def test_an_error_is_logged_with_its_trace_whatever_its_letters(
    told: list[str], plugin_log: Path
) -> None:
    fails("“no paint”")
    text = plugin_log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "“no paint”" in text
    assert told


def test_a_slot_may_take_fewer_values_than_the_signal_brings() -> None:
    taken = []

    class Widget:
        @slot
        def clicked(self) -> None:
            taken.append("clicked")

        @slot
        def slid(self, value: int) -> None:
            taken.append(str(value))

    Widget().clicked(True)
    Widget().slid(3, "more")
    assert taken == ["clicked", "3"]


def test_the_end_of_the_program_is_not_caught() -> None:
    @slot
    def ends() -> None:
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        ends()


def test_everything_is_logged_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDEDIT_LOG", "debug")
    logger = logging.getLogger("sdedit")
    level, before = logger.level, list(logger.handlers)
    log_to(tmp_path / "plugin.log")
    logging.getLogger("sdedit.core").debug("a small thing")
    for handler in set(logger.handlers) - set(before):
        handler.close()
        logger.removeHandler(handler)
    logger.setLevel(level)
    assert "a small thing" in (tmp_path / "plugin.log").read_text(encoding="utf-8")
