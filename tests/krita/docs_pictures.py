"""What the pictures of the docs are taken of, and where they are kept."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.krita.session import KritaSession

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
PAINTING = ROOT / "backend" / "samples" / "painting.png"
PATIENCE_S = 300.0
DOCKER = "sdedit_docker"
IS_UNDISTURBED = """
not any(
    widget.metaObject().className() == "KisFloatingMessage" and widget.isVisible()
    for widget in QtWidgets.QApplication.topLevelWidgets()
)
"""
"""No message of Krita's, as that of a new zoom, lies over the canvas."""


def keep(krita: KritaSession, name: str, of: str | None = None) -> None:
    """Take a picture of the screen, or of one widget, into the docs."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    krita.wait_until(IS_UNDISTURBED)
    shutil.copyfile(krita.screenshot(f"readme-{name}", of=of), IMAGES / f"{name}.png")
