"""What backend and protocol say to an artist, in English, put into the artist's language.

Those sentences and hints that one may meet while painting; any other is shown as it came.
"""

from __future__ import annotations

import re

from ..i18n import _, marked

SENTENCES = (
    marked("Ready on {device}."),
    marked("Working on an edit."),
    marked("Working on {count} edits."),
    marked("Loading the model."),
    marked("The worker ended unexpectedly and is being started again."),
    marked("Connecting to the cluster."),
    marked("There was not enough memory on {device} for {size} pixels."),
    marked("Select a smaller area ({size} pixels fit), or close other programs."),
    marked("Close other programs, then try again."),
    marked("Select a smaller area."),
    marked("Try a smaller area."),
    marked("Ask for fewer pictures, or select a smaller area."),
    marked("Two workers ended unexpectedly while they made this picture."),
    marked(
        "This edit ended two workers a short time ago, so it is not tried again yet.",
    ),
    marked("Select a smaller area or choose another model; the log says more."),
    marked("Wait until one is done, or cancel some."),
    marked("Try again when some are done."),
    marked("Try again when some are done, or select a smaller area."),
    marked("The selection is empty inside the canvas."),
    marked("Select what may change."),
    marked("The t0 map is black wherever the picture may change."),
    marked("Paint it grey or white there."),
    marked("The model made numbers that are not a picture."),
    marked("Try another seed or a lower t0."),
    marked("Choose t0 yourself."),
    marked("There is no model here."),
    marked("Run install.py again to put the shipped model back."),
    marked("There is no model {name}."),
    marked("The model {name} takes no text."),
    marked("Leave the prompt out, or choose another model."),
    marked("The model {name} has no classes."),
    marked("Leave the class out, or choose another model."),
    marked("The text has {count} tokens, but the model reads {most}."),
    marked("Shorten the prompt: a token is about a short word."),
    marked("The colour profile {name} of this document cannot be used."),
    marked("Convert it to sRGB with Image ▸ Convert Image Color Space."),
    marked("Convert it with Image ▸ Convert Image Color Space."),
    marked("This edit is no longer in the history."),
    marked("Edits that are too old make room for new ones."),
    marked("The history cannot be used."),
    marked("The backend's log says more."),
    marked("The same picture to the bit."),
    marked("{count} of {all} pixels differ, by at most {step} of {steps}."),
    marked("Something went wrong in the backend ({error})."),
    marked("The worker's log says more; please report it."),
    marked("The SDEdit backend is not connected."),
    marked("Wait a moment, then try again."),
    marked("Run install.py again so that plugin and backend match."),
    marked("Run install.py again: it makes new keys."),
)


def _pattern(sentence: str) -> re.Pattern[str]:
    """Matches the sentence with anything in its places."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(sentence)), re.DOTALL)


_PATTERNS = {sentence: _pattern(sentence) for sentence in SENTENCES}


def translated(said: str) -> str:
    """What was said, in the artist's language if it is one of these sentences."""
    for sentence, pattern in _PATTERNS.items():
        found = pattern.fullmatch(said)
        if found is not None:
            return _(sentence).format(**found.groupdict())
    return said
