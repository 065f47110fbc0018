"""Takes the README's pictures in the real Krita, after a real install.py.

    python -m tests.krita.take_screenshots

Writes docs/images/krita-painted.png (the sample painting as the artist left it), krita.png (the
layer made of it with the settings as the docker opens), strip.png (one of a strip looked at), and
local-edit.png (a selection edited).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.installation import fresh_checkout, install
from tests.krita.home import KritaHome
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
PAINTING = ROOT / "backend" / "samples" / "painting.png"
PATIENCE_S = 300.0
SEED = 7


def main() -> None:
    home = KritaHome()
    with tempfile.TemporaryDirectory() as folder:
        installation = install(home, fresh_checkout(Path(folder) / "clone"), "--no-edit")
        try:
            with KritaSession(installation.home, "readme") as krita:
                take(krita)
                krita.quit()
        finally:
            home.remove()


def take(krita: KritaSession) -> None:
    """The pictures, one after the other in one Krita."""
    krita.documents.open(PAINTING)
    krita.hand.show_whole_image()
    docker = SDEditDocker(krita)
    krita.hand.show_dockers("sdedit_docker", "KisLayerBox", width=330, alone=True)
    keep(krita, "krita-painted")
    docker.set(seed=SEED)
    docker.press()
    docker.await_end(PATIENCE_S)
    keep(krita, "krita")
    krita.documents.undo()
    krita.hand.click("sdedit_strip")
    docker.await_words("5 pictures in ", PATIENCE_S)
    krita.hand.point_at("sdedit_candidate_3")
    keep(krita, "strip")
    krita.hand.click("sdedit_put_away")
    krita.documents.select((430, 60, 220, 180))
    docker.set(t0=0.55)
    docker.press()
    docker.await_end(PATIENCE_S)
    keep(krita, "local-edit")


def keep(krita: KritaSession, name: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(krita.screenshot(f"readme-{name}"), IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
