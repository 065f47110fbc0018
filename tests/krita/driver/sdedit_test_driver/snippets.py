"""Running a piece of Python that a test sent, and the names it finds there."""

from __future__ import annotations

import ast
from typing import Any

import krita
from PyQt5 import QtCore, QtGui, QtWidgets

from . import canvas, documents, events, selections, stalls, widgets, windows


def run(code: str, values: dict[str, Any]) -> Any:
    """Execute ``code`` and return the value of its last line, if that is an expression.

    ``app`` is the Krita instance, ``krita`` its module, ``QtCore``, ``QtGui`` and ``QtWidgets``
    are Qt's; the driver's own modules go by their names; ``values`` are the test's arguments.
    """
    names: dict[str, Any] = {
        "app": krita.Krita.instance(),
        "krita": krita,
        "QtCore": QtCore,
        "QtGui": QtGui,
        "QtWidgets": QtWidgets,
        "canvas": canvas,
        "documents": documents,
        "events": events,
        "selections": selections,
        "stalls": stalls,
        "widgets": widgets,
        "windows": windows,
        **values,
    }
    tree = ast.parse(code, "<test>")
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, "<test>", "exec"), names)
        return None
    exec(compile(ast.Module(tree.body[:-1], []), "<test>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<test>", "eval"), names)
