"""SDEdit for Krita: paint roughly, and a diffusion model makes it a believable picture.

Imported by Krita as the plugin `sdedit`; imported elsewhere, as tests do, it does nothing.
"""

from __future__ import annotations

import sys

# Krita's interpreter has this module from the start, and no other one has.
if "krita" in sys.modules:
    from .i18n import speak
    from .qt import QtCore

    # Krita's own language, before anything is said: words are made when modules are loaded.
    speak(QtCore.QLocale().uiLanguages())

    from .application import Application

    # Kept by name: what Krita holds of it does not keep it alive.
    application = Application()
    application.register()
