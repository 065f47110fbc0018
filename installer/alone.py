"""One installer at a time: two would delete each other's half-made environment."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Iterator

from .errors import InstallError


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Be this user's only installer for as long as the block lasts.

    Raises InstallError while another is at work, or what a killed one had started still is. The
    lock is on the home folder itself: it leaves no file, and it goes with the processes however
    they end. Windows has no such lock; there nothing is refused.
    """
    if sys.platform == "win32":
        yield
    else:
        import fcntl

        try:
            folder = os.open(str(home), os.O_RDONLY)
        except OSError:
            yield  # what is wrong with the home is told by the step that needs it
            return
        try:
            os.set_inheritable(folder, True)  # for what `run_aloud` starts
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InstallError(
                    "Another install.py, or the pip that it started, is at work for you.",
                    "Wait until it has ended, then run this again.",
                ) from error
            except OSError:
                pass  # some network homes know no locks
            yield
        finally:
            os.close(folder)
