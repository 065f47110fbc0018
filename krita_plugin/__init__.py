"""SDEdit for Krita: paint roughly, and a diffusion model makes it a believable picture.

Imported by Krita as the plugin `sdedit`; imported elsewhere, as tests do, it does nothing.
"""

from __future__ import annotations

import sys

# Krita's interpreter has this module from the start, and no other one has.
if "krita" in sys.modules:
    from .application import Application

    # Kept by name: what Krita holds of it does not keep it alive.
    application = Application()
    application.register()
