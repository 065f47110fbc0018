"""An animated layer with blank keyframes, by way of a small file: Krita has no call for a keyframe.

`importAnimation` would make some, but it needs a window and crashes on a copy of a document.
"""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import Any, Iterable

from krita import Krita

from ..i18n import _
from ..protocol.errors import SDEditError
from .documents import find_layer, identity_of

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>
<DOC xmlns="http://www.calligra.org/DTD/krita" editor="Krita" syntaxVersion="2.0">
 <IMAGE name="blank" mime="application/x-kra" width="1" height="1" x-res="72" y-res="72"
  colorspacename="RGBA" profile="">
  <layers>
   <layer name="blank" filename="blank" keyframes="blank.keyframes.xml" nodetype="paintlayer"
    colorspacename="RGBA" compositeop="normal" opacity="255" visible="1"
    uuid="{7d1c3e8a-54b2-4f0e-9a36-2f6b81c0d5e7}"/>
  </layers>
 </IMAGE>
</DOC>
"""
KEYFRAMES = """<?xml version="1.0" encoding="UTF-8"?>
<keyframes xmlns="http://www.calligra.org/DTD/krita">
 <channel name="content">{keyframes}</channel>
</keyframes>
"""
KEYFRAME = '<keyframe time="{0}" frame="blank.f{0}"><offset type="point" x="0" y="0"/></keyframe>'
NO_TILES = "VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE 4\nDATA 0\n"
CLEAR = bytes(4)


class NoKeyframes(SDEditError):
    """Krita did not make the keyframes that were asked for."""

    code = "no-keyframes"


def add_blank_layer(document: Any, times: Iterable[int]) -> str:
    """Add a clear layer with keyframes at ``times``, 0 among them; its identity.

    Raises NoKeyframes. More than one step comes into the document's undo history.
    """
    times = sorted(times)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blank.kra"
        _write(path, times)
        opened = _open_quietly(path)
    if opened is None:
        raise _no_keyframes()
    try:
        (blank,) = opened.topLevelNodes()
        if not all(map(blank.hasKeyframeAtTime, times)):
            raise _no_keyframes()
        copy = blank.duplicate()
        identity = identity_of(copy)
        # Before the file is closed: a node whose document is gone makes Krita crash, and so does
        # this handle of it later on.
        document.rootNode().addChildNode(copy, None)
    finally:
        opened.setModified(False)
        opened.close()
    layer: Any = find_layer(document, identity)
    layer.setColorSpace(document.colorModel(), document.colorDepth(), document.colorProfile())
    document.waitForDone()
    return identity


def _open_quietly(path: Path) -> Any:
    """The document, None where Krita cannot open it; no dialog tells what the file leaves out."""
    krita = Krita.instance()
    was_quiet = krita.batchmode()
    krita.setBatchmode(True)
    try:
        return krita.openDocument(str(path))
    finally:
        krita.setBatchmode(was_quiet)


def _no_keyframes() -> NoKeyframes:
    return NoKeyframes(
        _("Krita did not make the frames of the new layer."),
        _("Your document is untouched. Krita 5.1 and later can make them."),
    )


def _write(path: Path, times: list[int]) -> None:
    keyframes = "".join(map(KEYFRAME.format, times))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", "application/x-krita")
        file.writestr("maindoc.xml", DOCUMENT)
        file.writestr("blank/layers/blank.keyframes.xml", KEYFRAMES.format(keyframes=keyframes))
        for time in times:
            file.writestr(f"blank/layers/blank.f{time}", NO_TILES)
            file.writestr(f"blank/layers/blank.f{time}.defaultpixel", CLEAR)
