"""Takes the README's pictures in the real Krita, after a real install.py.

    python -m tests.krita.take_screenshots

Writes docs/images/krita-painted.png (the sample painting as the artist left it), krita.png (the
layer made of it with the settings as the docker opens), and the pictures of docs/panel.md, of which
some are taken by `take_documents` and `take_looks`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from tests.installation import fresh_checkout, install
from tests.krita.docs_pictures import DOCKER, IMAGES, PAINTING, PATIENCE_S, keep
from tests.krita.home import KritaHome
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession
from tests.krita.take_documents import take_documents
from tests.krita.take_looks import take_looks

SEED = 7
NAME_PX = 70


def main() -> None:
    home = KritaHome()
    with tempfile.TemporaryDirectory() as folder:
        installation = install(home, fresh_checkout(Path(folder) / "clone"), "--no-edit")
        try:
            with KritaSession(installation.home, "readme") as krita:
                take(krita)
                take_documents(krita)
                krita.quit()
            take_looks(installation.home)
        finally:
            home.remove()


def take(krita: KritaSession) -> None:
    """The pictures, one after the other in one Krita."""
    krita.documents.open(PAINTING)
    krita.hand.show_whole_image()
    docker = SDEditDocker(krita)
    krita.hand.show_dockers(DOCKER, "KisLayerBox", width=330, alone=True)
    krita.hand.hover("KisLayerBox")  # no brush over the painting
    keep(krita, "krita-painted")
    docker.set(seed=SEED)
    docker.press()
    docker.await_end(PATIENCE_S)
    keep(krita, "krita")
    krita.documents.undo()
    docker.show(width=330)
    take_finding(krita, docker)
    take_ways(krita, docker)
    take_keeping(krita, docker)
    take_live(krita, docker)
    take_settings(krita)


def take_finding(krita: KritaSession, docker: SDEditDocker) -> None:
    """A strip with one of it looked at, two to choose between, one proposed."""
    krita.hand.click("sdedit_strip")
    docker.await_words("5 pictures in ", PATIENCE_S)
    krita.hand.point_at("sdedit_candidate_3")
    krita.wait_until("widgets.state('sdedit_canvas_overlay')['on_screen']")
    keep(krita, "strip")
    krita.hand.click("sdedit_put_away")
    krita.hand.click("sdedit_compare")
    docker.await_words("Which is nearer", PATIENCE_S)
    keep(krita, "compare", of=DOCKER)
    krita.hand.click("sdedit_put_away")
    krita.hand.click("sdedit_auto")
    docker.await_end(PATIENCE_S)
    keep(krita, "auto", of=DOCKER)


def take_ways(krita: KritaSession, docker: SDEditDocker) -> None:
    """A selection edited, and strokes on a layer of their own with the area that they make."""
    krita.documents.select((430, 60, 220, 180))
    docker.set(t0=0.45)
    docker.press()
    docker.await_end(PATIENCE_S)
    keep(krita, "local-edit")
    krita.documents.clear_selection()
    krita.documents.add_layer("island")
    krita.documents.activate_layer("island")
    krita.hand.take_brush(size_px=34, rgb=(84, 88, 62))
    krita.hand.paint_stroke([(470, 322), (540, 312), (610, 324)])
    krita.hand.take_brush(size_px=22, rgb=(120, 116, 96))
    krita.hand.paint_stroke([(500, 308), (545, 298), (580, 308)])
    docker.set(t0=0.55)
    krita.hand.point_at("sdedit_area")
    keep(krita, "area")
    docker.press()
    docker.await_end(PATIENCE_S)
    krita.hand.click("sdedit_more")
    keep(krita, "more", of=DOCKER)
    krita.hand.click("sdedit_more")


def take_keeping(krita: KritaSession, docker: SDEditDocker) -> None:
    """The history, and the recipe of a result's layer."""
    krita.hand.click_part("sdedit_tabs", "History")
    krita.wait_until("len(widgets.state('sdedit_history')['items']) >= 3", PATIENCE_S)
    (made, *_) = [name for name in krita.documents.layer_names() if name.startswith("SDEdit")]
    krita.documents.activate_layer(made)
    krita.wait_until("'t0' in widgets.state('sdedit_recipe')['text']", PATIENCE_S)
    krita.hand.click("sdedit_recipe_menu")
    krita.wait_until("widgets.popup_is_open()")
    keep(krita, "history")
    krita.hand.click_part("sdedit_recipe_actions", "Check that it gives the same")
    docker.await_words("bit", PATIENCE_S)
    keep(krita, "verified", of=DOCKER)
    krita.hand.click("sdedit_recipe_menu")
    krita.hand.click_part("sdedit_recipe_actions", "Save as PNG with the recipe…")
    krita.wait_until("widgets.is_there('sdedit_save_png')", PATIENCE_S)
    with Image.open(krita.screenshot("readme-save-png", of="sdedit_save_png")) as picture:
        # The name that is proposed; above it are this machine's own folders.
        place = (0, picture.height - NAME_PX, *picture.size)
        picture.crop(place).save(IMAGES / "save-png.png")
    krita.hand.press_keys("Escape")
    krita.hand.click_part("sdedit_tabs", "Preview")
    docker.rest()


def take_live(krita: KritaSession, docker: SDEditDocker) -> None:
    """A stroke, refined as soon as the pen was lifted."""
    krita.documents.activate_layer("island")
    krita.hand.click("sdedit_live")
    krita.hand.take_brush(size_px=40, rgb=(70, 92, 48))
    krita.hand.paint_stroke([(90, 330), (180, 318), (260, 330)])
    docker.await_words("refined in", PATIENCE_S)
    keep(krita, "live")
    krita.hand.click("sdedit_live")


def take_settings(krita: KritaSession) -> None:
    """The settings window."""
    krita.hand.click("sdedit_manage")
    krita.wait_until("' px' in ' '.join(widgets.state('sdedit_models')['cells'])", PATIENCE_S)
    keep(krita, "settings", of="sdedit_settings")
    krita.run("widgets.find('sdedit_settings').close()")


if __name__ == "__main__":
    main()
