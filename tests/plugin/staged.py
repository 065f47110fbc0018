"""The plugin as it ships: staged once for the whole run, and importable as `sdedit`.

What a plugin finds out when its modules are loaded is set here, before all of them:
SDEDIT_TEST_QT is the binding that this Krita has, SDEDIT_TEST_LANGUAGE the language that it speaks.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import install

PYKRITA = Path(tempfile.mkdtemp(prefix="sdedit-pykrita-"))
atexit.register(shutil.rmtree, str(PYKRITA), ignore_errors=True)
PACKAGE = install.stage_plugin(PYKRITA)
sys.path.insert(0, str(PYKRITA))

if "SDEDIT_TEST_QT" in os.environ:
    # As Krita's own bridge tells its plugins; Krita 5 has no such function.
    version = int(os.environ["SDEDIT_TEST_QT"])
    bridge = {} if version == 5 else {"qt_major_version": lambda: version}
    sys.modules["pykrita"] = SimpleNamespace(**bridge)  # type: ignore[assignment]
if "SDEDIT_TEST_LANGUAGE" in os.environ:
    from sdedit import i18n

    i18n.speak([os.environ["SDEDIT_TEST_LANGUAGE"]])
