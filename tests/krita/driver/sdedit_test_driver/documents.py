"""Documents and layers, seen and changed through Krita's own API; the active document is meant."""

from __future__ import annotations

import hashlib
from typing import Any, Iterator

from krita import Document, Krita, Node
from PyQt5.QtWidgets import QApplication, QDockWidget, QListView

from . import windows


def active() -> Document:
    """The active document, idle."""
    document = Krita.instance().activeDocument()
    if document is None:
        raise LookupError("no document is open")
    document.waitForDone()
    return document


def create(name: str, width: int, height: int, model: str, depth: str, profile: str) -> None:
    """Make a document with a white background layer and show it."""
    application = Krita.instance()
    document = application.createDocument(width, height, name, model, depth, profile, 72.0)
    _show(document)


def open_file(path: str) -> None:
    """Open a picture file and show it."""
    document = Krita.instance().openDocument(path)
    if document is None:
        raise OSError(f"Krita cannot open {path}")
    _show(document)


def _show(document: Document) -> None:
    document.setBatchmode(True)
    application = Krita.instance()
    application.activeWindow().addView(document)
    application.setActiveDocument(document)
    document.waitForDone()


def close(name: str | None = None) -> None:
    """Close the named document, or the active one, and drop its changes without a question."""
    if name is None:
        found = active()
    else:
        found = next(d for d in Krita.instance().documents() if d.name() == name)
    _close(found)


def close_all() -> None:
    """Close every document and drop its changes."""
    for document in Krita.instance().documents():
        _close(document)


def _close(document: Document) -> None:
    document.waitForDone()
    document.setBatchmode(True)
    if document.selection() is not None:
        # Krita draws a changed selection's outline a fifth of a second later, even if the document
        # has been closed meanwhile, and then crashes. Without a selection it does not.
        document.setSelection(None)
        document.waitForDone()
    document.setModified(False)
    document.close()


def save_as(path: str) -> None:
    """Save the active document under a new name, with the file kind's default settings."""
    document = active()
    document.setBatchmode(True)
    if not document.saveAs(path):
        raise OSError(f"Krita cannot save {path}")
    document.waitForDone()


def describe() -> dict[str, Any]:
    """What the active document is."""
    document = active()
    return {
        "name": document.name(),
        "file": document.fileName(),
        "width": document.width(),
        "height": document.height(),
        "model": document.colorModel(),
        "depth": document.colorDepth(),
        "profile": document.colorProfile(),
        "modified": document.modified(),
    }


def resize_canvas(rect: list[int]) -> None:
    """Make this rectangle of the image the whole canvas; one undo step."""
    document = active()
    document.resizeImage(*rect)
    document.waitForDone()


def _walk(nodes: list[Node], depth: int = 0) -> Iterator[tuple[Node, int]]:
    for node in reversed(nodes):  # Krita lists the lowest first; people read from the top
        yield node, depth
        yield from _walk(node.childNodes(), depth + 1)


def layer(name: str) -> Node:
    """The layer of that name, the topmost if there are several."""
    names = []
    for node, _ in _walk(active().rootNode().childNodes()):
        if node.name() == name:
            return node
        names.append(node.name())
    raise LookupError(f"no layer {name!r} among {names}")


def _describe_layer(node: Node, depth: int) -> dict[str, Any]:
    bounds = node.bounds()
    return {
        "name": node.name(),
        "id": node.uniqueId().toString(),
        "kind": node.type(),
        "depth": depth,
        "visible": node.visible(),
        "locked": node.locked(),
        "opacity": node.opacity(),
        "blending": node.blendingMode(),
        "bounds": [bounds.x(), bounds.y(), bounds.width(), bounds.height()],
    }


def layers() -> list[dict[str, Any]]:
    """All layers and masks from the top down; ``depth`` counts the groups around one."""
    return [_describe_layer(*found) for found in _walk(active().rootNode().childNodes())]


def active_layer() -> dict[str, Any] | None:
    """The active layer, or None."""
    node = active().activeNode()
    return None if node is None else _describe_layer(node, 0)


def activate_layer(name: str) -> None:
    """Make a layer the active one."""
    document = active()
    document.setActiveNode(layer(name))
    document.waitForDone()


def add_layer(name: str, kind: str, into: str | None) -> None:
    """Add an empty layer on top of the document, or on top of the group ``into``."""
    document = active()
    parent = document.rootNode() if into is None else layer(into)
    node = document.createNode(name, kind)
    if not parent.addChildNode(node, None):
        raise ValueError(f"Krita refused a {kind} in {parent.name()!r}")
    document.waitForDone()


def remove_layer(name: str) -> None:
    """Remove a layer as the layers docker would."""
    if not layer(name).remove():
        raise ValueError(f"Krita refused to remove {name!r}")
    active()


def move_layer(name: str, x: int, y: int) -> None:
    """Shift a layer's content, past the undo history."""
    document = active()
    layer(name).move(x, y)
    document.refreshProjection()
    document.waitForDone()


def show_layer(name: str, is_visible: bool) -> None:
    """Show or hide a layer, past the undo history."""
    document = active()
    layer(name).setVisible(is_visible)
    document.refreshProjection()
    document.waitForDone()
    # Krita 5.1.5 crashes when a document is closed right after its layers came and went.
    windows.settle()


def read_layer(name: str, rect: list[int]) -> bytes:
    """A layer's own raw pixels; what a group or vector layer draws."""
    node = layer(name)
    drawn = node.type() in ("grouplayer", "vectorlayer", "clonelayer", "filllayer", "filelayer")
    return bytes(node.projectionPixelData(*rect) if drawn else node.pixelData(*rect))


def read_projection(rect: list[int]) -> bytes:
    """The raw pixels of the composited image."""
    return bytes(active().pixelData(*rect))


def write_layer(name: str, rect: list[int], pixels: bytes) -> None:
    """Set a layer's raw pixels, outside of the undo history."""
    document = active()
    node = layer(name)
    expected = rect[2] * rect[3] * len(node.pixelData(0, 0, 1, 1))
    if len(pixels) != expected:  # Krita would read past the end
        raise ValueError(f"{len(pixels)} bytes for {rect}, which needs {expected}")
    node.setPixelData(pixels, *rect)
    document.refreshProjection()
    document.waitForDone()


def fingerprint() -> dict[str, str]:
    """All that an edit must not touch: the pixels of every layer and of the whole, in hashes, what
    the layers are, the selection, and the undo history."""
    document = active()
    canvas = (0, 0, document.width(), document.height())
    found = {"projection": _hash(document.pixelData(*canvas)), "undo": str(undo_history())}
    for node, depth in _walk(document.rootNode().childNodes()):
        described = _describe_layer(node, depth)
        rect = described["bounds"]
        pixels = _hash(node.pixelData(*rect)) if rect[2] and rect[3] else ""
        found[described["id"]] = f"{described} {pixels}"
    selection = document.selection()
    if selection is not None:
        rect = (selection.x(), selection.y(), selection.width(), selection.height())
        found["selection"] = f"{rect} {_hash(selection.pixelData(*rect))}"
    return found


def _hash(pixels: Any) -> str:
    return hashlib.sha256(memoryview(pixels)).hexdigest()


def undo() -> None:
    """One step back, as Ctrl+Z does."""
    _trigger("edit_undo")


def redo() -> None:
    """One step forward again."""
    _trigger("edit_redo")


def _trigger(action_name: str) -> None:
    action = Krita.instance().action(action_name)
    if not action.isEnabled():
        raise RuntimeError(f"{action_name} is disabled: there is no such step")
    active()
    action.trigger()
    active()


def undo_history() -> list[str]:
    """The steps that undo would take back, oldest first, as the history docker names them."""
    active()
    QApplication.processEvents()
    dock = Krita.instance().activeWindow().qwindow().findChild(QDockWidget, "History")
    view = dock.findChild(QListView)
    # The first row stands for the state before any step; the current row is the last step done.
    done = range(1, view.currentIndex().row() + 1)
    return [str(view.model().index(row, 0).data()) for row in done]
