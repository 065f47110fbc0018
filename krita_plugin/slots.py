"""The outermost edge of everything that Qt or Krita calls.

An exception that leaves a slot makes Krita stop with a dialog. Here it ends in the log instead,
and in one sentence in the panel.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Callable, TypeVar

from .i18n import _

PACKAGE = __name__.rpartition(".")[0]
LOG_BYTES_MOST = 500_000
LEVEL_VARIABLE = "SDEDIT_LOG"
"""As for the backend: "debug" logs everything."""

log = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., Any])

_listeners: list[Callable[[str], None]] = []


def slot(function: Function) -> Function:
    """Guard a function or method that Qt or Krita calls; it may take fewer values than it gets."""
    parameters = inspect.signature(function).parameters.values()
    takes_any = any(item.kind is item.VAR_POSITIONAL for item in parameters)
    most = len(parameters)

    @functools.wraps(function)
    def guarded(*values: Any) -> Any:
        try:
            return function(*(values if takes_any else values[:most]))
        except Exception as error:
            log.exception("Unexpected error in %s", function.__qualname__)
            for listener in _listeners:
                sentence = _("Something went wrong in the SDEdit plugin ({error}).")
                listener(sentence.format(error=error))
            return None

    return guarded  # type: ignore[return-value]


def when_something_went_wrong(listener: Callable[[str], None]) -> None:
    """Have ``listener`` told, in a sentence, of each error that `slot` caught."""
    _listeners.append(listener)


def log_to(file: Path) -> None:
    """Write the plugin's log to ``file``. Raises OSError when that is impossible."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # Named, because Krita's Python may take ASCII for the system's encoding.
    handler = RotatingFileHandler(
        str(file), maxBytes=LOG_BYTES_MOST, backupCount=1, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger(PACKAGE)
    logger.addHandler(handler)
    is_verbose = os.environ.get(LEVEL_VARIABLE, "").lower() == "debug"
    logger.setLevel(logging.DEBUG if is_verbose else logging.INFO)
