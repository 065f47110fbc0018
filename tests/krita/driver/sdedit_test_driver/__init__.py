"""A Krita plugin that only tests install: it lets pytest speak to a running Krita.

When the main window is there, it connects to the Unix socket that the test listens on (named in
the environment) and runs the Python that arrives, on the UI thread. Only PyQt5 is known here: the
tests drive the Krita of the Linux distribution.
"""

from __future__ import annotations

import faulthandler

from krita import Extension, Krita

from . import errors, link


class DriverExtension(Extension):
    """Connects to the test as soon as Krita has a window."""

    def setup(self) -> None:
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.windowCreated.connect(link.connect_to_test)

    def createActions(self, window: object) -> None:  # noqa: N802 (Krita's name)
        """Krita asks every extension for actions; this one has none."""


faulthandler.enable()
errors.record_unhandled()
Krita.instance().addExtension(DriverExtension(Krita.instance()))
