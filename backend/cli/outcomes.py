"""How a command may end: its exit codes, and the error that means "you gave me the wrong thing"."""

from __future__ import annotations

from protocol.errors import SDEditError

OK, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit codes. WRONG_INPUT: the command line, or a file, model or device that it names, cannot be
used. FAILED: it could, and what was asked did not come out: the work failed, or `verify` and
`detect` found nothing of what they look for. 130 is what shells expect after Ctrl-C."""

CODES_OF_WRONG_INPUT = (
    *("input", "invalid-value", "file", "picture-file", "no-recipe", "pixel-format", "condition"),
    *("unknown-model", "not-calibrated", "import", "device", "address"),
    *("photographs", "training-pictures"),
)
"""Errors that another command line would cure."""


class WrongInput(SDEditError):
    """What was given on the command line cannot be used."""

    code = "input"
