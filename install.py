#!/usr/bin/env python3
"""Installs SDEdit for Krita. One command does it all: python3 install.py (--help says the rest)."""

import sys

if sys.version_info < (3, 8):  # noqa: UP036 (who has an older one must be told, not shown a trace)
    sys.exit("SDEdit's installer needs Python 3.8 or later: run it with a newer python3.")

from installer.command_line import main
from installer.plugin import stage_plugin

__all__ = ["main", "stage_plugin"]

if __name__ == "__main__":
    sys.exit(main())
