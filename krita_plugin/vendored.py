"""pyzmq and msgpack as they come with the plugin: one folder for each Python that Krita may have.

vendor/cp310/  vendor/cp311/  vendor/cp312/ (3.12 and later, stable ABI)  …
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from .i18n import _
from .protocol.errors import SDEditError

NAMES = ("zmq", "msgpack")
FIRST_WITH_STABLE_ABI = (3, 12)


class LibrariesMissing(SDEditError):
    """This Krita's Python finds no pyzmq and msgpack that fit it."""

    code = "libraries"


def vendor_tag() -> str:
    """The folder in vendor/ that fits this Python: "cp311", or "cp312" for 3.12 and later."""
    major, minor = min(sys.version_info[:2], FIRST_WITH_STABLE_ABI)
    return f"cp{major}{minor}"


def import_libraries(vendor: Path) -> None:
    """Import pyzmq and msgpack from ``vendor``. Raises LibrariesMissing.

    All of Krita's plugins share one sys.path, so it is left as it was: once imported, the
    packages find their own parts.
    """
    folder = vendor / vendor_tag()
    sys.path.insert(0, str(folder))
    try:
        for name in NAMES:
            importlib.import_module(name)
    except ImportError as error:
        version = ".".join(str(part) for part in sys.version_info[:2])
        raise LibrariesMissing(
            _("SDEdit's network library does not fit this Krita (Python {version}).").format(
                version=version
            ),
            _("Run install.py again: it brings the right one."),
        ) from error
    finally:
        sys.path.remove(str(folder))
