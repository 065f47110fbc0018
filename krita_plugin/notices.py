"""Sentences that say how a job ended."""

from __future__ import annotations

from dataclasses import dataclass

from .i18n import _, plural
from .link.sentences import translated
from .panel_state import Mood, local_number
from .protocol.errors import SDEditError
from .studio import Inserted


@dataclass(frozen=True)
class Notice:
    """A sentence, what to do, and how it is meant."""

    sentence: str
    hint: str = ""
    mood: Mood = Mood.CALM


CANCELLED = Notice(_("Cancelled. The document is as it was."))
DOCUMENT_CLOSED = Notice(_("The document was closed, so its edit was given up."), mood=Mood.PROBLEM)
DIED_TWICE = Notice(
    _("The SDEdit backend stopped twice while it made this picture."),
    _("Your document is untouched. Try a smaller area, or run 'sdedit doctor' in a terminal."),
    Mood.PROBLEM,
)
NOTHING_TO_KEEP = Notice(_("There are no pictures to choose from."), _("Press Strip to make some."))
KEPT_ALREADY = Notice(_("This picture is a layer already."))
WHICH_IS_NEARER = Notice(_("Which is nearer to what you want?"))


NOT_KEPT_ANY_MORE = Notice(
    _("The history has made room for newer results: this one is no longer there."),
    _("Its recipe makes it again."),
    Mood.PROBLEM,
)
OUTSIDE_NOW = Notice(
    _("That result lies outside the canvas as it is now."), _("Enlarge the canvas."), Mood.PROBLEM
)


LIVE_ON = Notice(_("Live: paint, and lift the brush."))
LIVE_OFF = Notice(_("Live is off."))


def refined(seconds: float) -> Notice:
    """A live refinement is shown."""
    return Notice(
        _(
            "Live: refined in {seconds} s. It is not in the document yet; Apply makes it a layer."
        ).format(seconds=max(1, round(seconds)))
    )


NO_ANIMATION = Notice(
    _("This document has no animation."), _("Press Generate for its picture."), Mood.PROBLEM
)
NO_FRAMES = Notice(
    _("The range of frames is empty."), _("Its last frame comes before its first."), Mood.PROBLEM
)
BLANK_FRAMES = Notice(
    _("Nothing is painted in these frames."), _("Choose other frames, or another layer.")
)
FRAMES_UNDER_WAY = Notice(
    _("A range of frames is under way."), _("Wait for its end, or cancel it."), Mood.PROBLEM
)


def frames_made(count: int, seconds: float, outcome: Inserted, is_resized: bool) -> Notice:
    """A range of frames is made."""
    sentence = plural(
        "{count} frame in {seconds} s, as a new animated layer.",
        "{count} frames in {seconds} s, as a new animated layer.",
        count,
    ).format(count=count, seconds=max(1, round(seconds)))
    return _where(sentence, outcome, is_resized)


def frames_stopped(why: Notice, made: int, count: int) -> Notice:
    """Not all of a range are made; ``why`` is CANCELLED or what went wrong."""
    kept = _("{made} of {count} frames are there, in a new animated layer.").format(
        made=made, count=count
    )
    if why is CANCELLED:
        return Notice(_("Cancelled."), kept)
    return Notice(why.sentence, f"{why.hint} {kept}".strip(), why.mood)


NO_RECIPE = Notice(
    _("This layer has no recipe."), _("Choose a layer that SDEdit has made."), Mood.PROBLEM
)


NOT_IN_HISTORY = Notice(
    _("The history does not hold this picture, so it cannot be checked."),
    _("Run again makes it once more; that one can be."),
    Mood.PROBLEM,
)


def saved(name: str) -> Notice:
    """A picture and its recipe are in a file."""
    return Notice(_("Saved as {name}, with the recipe in it.").format(name=name))


def verified(sentence: str, is_equal: bool) -> Notice:
    """Whether the same recipe gave the same picture, in the backend's words."""
    return Notice(translated(sentence), mood=Mood.CALM if is_equal else Mood.PROBLEM)


def failure(error: SDEditError) -> Notice:
    """An error in its own words, in the artist's language where these are known."""
    return Notice(translated(error.sentence), translated(error.hint), Mood.PROBLEM)


def inserted(seconds: float, outcome: Inserted, is_resized: bool, is_elsewhere: bool) -> Notice:
    """What became of a picture that was made in ``seconds``.

    ``is_elsewhere``: it is not in the active document.
    """
    if is_elsewhere:
        sentence = _("Done in {seconds} s, as a new layer of the document it was begun in.")
    else:
        sentence = _("Done in {seconds} s, as a new layer.")
    return _where(sentence.format(seconds=max(1, round(seconds))), outcome, is_resized)


def kept(outcome: Inserted, is_resized: bool, is_elsewhere: bool) -> Notice:
    """A finished picture became a layer."""
    elsewhere, here = _("Kept as a new layer of its document."), _("Kept as a new layer.")
    return _where(elsewhere if is_elsewhere else here, outcome, is_resized)


def candidates_made(count: int, seconds: float) -> Notice:
    """There are pictures to choose from."""
    return Notice(
        plural("{count} picture in {seconds} s.", "{count} pictures in {seconds} s.", count).format(
            count=count, seconds=max(1, round(seconds))
        ),
        _("Point at one to see it on the canvas; click it to keep it."),
    )


def own_t0(t0: float) -> Notice:
    """A comparison has come to its end."""
    sentence = _("Your t0 is {t0}.").format(t0=local_number(t0))
    return Notice(sentence, _("Click its picture to keep it as a layer."))


def _where(sentence: str, outcome: Inserted, is_resized: bool) -> Notice:
    if outcome.is_on_top:
        return Notice(sentence, _("Its guide layer is gone, so it lies on top."), Mood.PROBLEM)
    if is_resized:
        return Notice(
            sentence, _("The canvas was resized meanwhile; check where it lies."), Mood.PROBLEM
        )
    return Notice(sentence)
