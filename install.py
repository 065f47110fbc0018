#!/usr/bin/env python3
"""Installs SDEdit for Krita. One command does it all: python3 install.py (--help says the rest)."""

import os
import sys

if sys.version_info < (3, 8):  # noqa: UP036 (who has an older one must be told, not shown a trace)
    sys.exit("SDEdit's installer needs Python 3.8 or later: run it with a newer python3.")

from installer.command_line import main
from installer.plugin import stage_plugin

__all__ = ["main", "stage_plugin"]

if __name__ == "__main__":
    if os.name == "posix" and sys.getfilesystemencoding().lower() not in ("utf-8", "utf8"):
        # Else the paths that it writes down today would read as others under tomorrow's locale.
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.argv])
    sys.exit(main())
