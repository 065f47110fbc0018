"""Sentences that say how a job ended."""

from __future__ import annotations

from dataclasses import dataclass

from .panel_state import Mood, shown_number
from .protocol.errors import SDEditError
from .studio import Inserted


@dataclass(frozen=True)
class Notice:
    """A sentence, what to do, and how it is meant."""

    sentence: str
    hint: str = ""
    mood: Mood = Mood.CALM


CANCELLED = Notice("Cancelled. The document is as it was.")
DOCUMENT_CLOSED = Notice("The document was closed, so its edit was given up.", mood=Mood.PROBLEM)
DIED_TWICE = Notice(
    "The SDEdit backend stopped twice while it made this picture.",
    "Your document is untouched. Try a smaller area, or run 'sdedit doctor' in a terminal.",
    Mood.PROBLEM,
)
NOTHING_TO_KEEP = Notice("There are no pictures to choose from.", "Press Strip to make some.")
KEPT_ALREADY = Notice("This picture is a layer already.")
WHICH_IS_NEARER = Notice("Which is nearer to what you want?")


NOT_KEPT_ANY_MORE = Notice(
    "The history has made room for newer results: this one is no longer there.",
    "Its recipe makes it again.",
    Mood.PROBLEM,
)
OUTSIDE_NOW = Notice(
    "That result lies outside the canvas as it is now.", "Enlarge the canvas.", Mood.PROBLEM
)


LIVE_ON = Notice("Live: paint, and lift the brush.")
LIVE_OFF = Notice("Live is off.")


def refined(seconds: float) -> Notice:
    """A live refinement is shown."""
    return Notice(
        f"Live: refined in {max(1, round(seconds))} s. It is not in the document yet; "
        "Apply makes it a layer."
    )


NO_RECIPE = Notice(
    "This layer has no recipe.", "Choose a layer that SDEdit has made.", Mood.PROBLEM
)


def verified(sentence: str, is_equal: bool) -> Notice:
    """Whether the same recipe gave the same picture, in the backend's words."""
    return Notice(sentence, mood=Mood.CALM if is_equal else Mood.PROBLEM)


def failure(error: SDEditError) -> Notice:
    """An error in its own words."""
    return Notice(error.sentence, error.hint, Mood.PROBLEM)


def inserted(seconds: float, outcome: Inserted, is_resized: bool, is_elsewhere: bool) -> Notice:
    """What became of a picture that was made in ``seconds``.

    ``is_elsewhere``: it is not in the active document.
    """
    place = "a new layer of the document it was begun in" if is_elsewhere else "a new layer"
    return _where(f"Done in {max(1, round(seconds))} s, as {place}.", outcome, is_resized)


def kept(outcome: Inserted, is_resized: bool, is_elsewhere: bool) -> Notice:
    """A finished picture became a layer."""
    place = "a new layer of its document" if is_elsewhere else "a new layer"
    return _where(f"Kept as {place}.", outcome, is_resized)


def candidates_made(count: int, seconds: float) -> Notice:
    """There are pictures to choose from."""
    return Notice(
        f"{count} pictures in {max(1, round(seconds))} s.",
        "Point at one to see it on the canvas; click it to keep it.",
    )


def own_t0(t0: float) -> Notice:
    """A comparison has come to its end."""
    return Notice(f"Your t0 is {shown_number(t0)}.", "Click its picture to keep it as a layer.")


def _where(sentence: str, outcome: Inserted, is_resized: bool) -> Notice:
    if outcome.is_on_top:
        return Notice(sentence, "Its guide layer is gone, so it lies on top.", Mood.PROBLEM)
    if is_resized:
        return Notice(
            sentence, "The canvas was resized meanwhile; check where it lies.", Mood.PROBLEM
        )
    return Notice(sentence)
