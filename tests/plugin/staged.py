"""The plugin as it ships: staged once for the whole run, and importable as `sdedit`."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import install

PYKRITA = Path(tempfile.mkdtemp(prefix="sdedit-pykrita-"))
atexit.register(shutil.rmtree, str(PYKRITA), ignore_errors=True)
PACKAGE = install.stage_plugin(PYKRITA)
sys.path.insert(0, str(PYKRITA))

if "SDEDIT_TEST_LANGUAGE" in os.environ:
    # Words are made when modules are loaded: before all of them.
    from sdedit import i18n

    i18n.speak([os.environ["SDEDIT_TEST_LANGUAGE"]])
