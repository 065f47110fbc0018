"""How a command may end: its exit codes, and the error that means "you gave me the wrong thing"."""

from __future__ import annotations

from protocol.errors import SDEditError

OK, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit codes; 130 is what shells expect after Ctrl-C."""


class WrongInput(SDEditError):
    """What was given on the command line cannot be used."""

    code = "input"
