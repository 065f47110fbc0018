"""The one place that knows whether this Krita speaks Qt 5 or Qt 6.

The binding is chosen by what Krita says, never by trying: importing the other one can crash
Krita. Enumerations are written in full (``Qt.AlignmentFlag.AlignLeft``), which both take.
"""

from __future__ import annotations

import sys

from .protocol.images import Buffer


def qt_major_version() -> int:
    """Krita's own Qt: 5 unless Krita's Python bridge says otherwise (it does since Krita 6)."""
    bridge = sys.modules.get("pykrita")
    tell = getattr(bridge, "qt_major_version", None)
    return int(tell()) if tell is not None else 5


if qt_major_version() >= 6:
    from PyQt6 import QtCore, QtGui, QtWidgets, sip
else:
    from PyQt5 import QtCore, QtGui, QtWidgets, sip

# Krita's own bytes: B, G, R, A in memory, straight alpha.
BGRA_FORMAT = QtGui.QImage.Format.Format_ARGB32


def as_byte_array(pixels: Buffer) -> QtCore.QByteArray:
    """The pixels as Krita takes them: with Qt 5 a view of them, with Qt 6 a copy.

    The view lives no longer than ``pixels``.
    """
    borrow = getattr(QtCore.QByteArray, "fromRawData", QtCore.QByteArray)
    return borrow(pixels)


def as_pointer(pixels: Buffer) -> sip.voidptr:
    """Where the pixels lie, for Qt to read them there as long as they live."""
    return sip.voidptr(pixels)


__all__ = [
    "BGRA_FORMAT",
    "QtCore",
    "QtGui",
    "QtWidgets",
    "as_byte_array",
    "as_pointer",
    "qt_major_version",
]
