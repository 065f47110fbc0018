"""Takes those pictures of docs/panel.md that begin with a document of their own."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tests.krita.docs_pictures import DOCKER, IMAGES, PAINTING, PATIENCE_S, keep
from tests.krita.documents import Pixels
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

SIDE = 220
PLACE = (300, 180, SIDE, SIDE)
LARGE = (768, 512)
STEPS = 8


def take_documents(krita: KritaSession) -> None:
    """One document after the other."""
    docker = SDEditDocker(krita)
    docker.show(width=330)
    docker.set(steps=STEPS, seed=7)
    take_guide_and_variants(krita, docker)
    take_t0_map(krita, docker)
    take_blending(krita, docker)
    take_another_document(krita, docker)
    take_cmyk(krita, docker)


def open_painting(krita: KritaSession) -> None:
    krita.documents.close_all()
    krita.documents.open(PAINTING)
    krita.hand.show_whole_image()


def take_guide_and_variants(krita: KritaSession, docker: SDEditDocker) -> None:
    """The list of guides, and a ladder of repeats."""
    open_painting(krita)
    krita.hand.click("sdedit_guide")
    krita.wait_until("widgets.popup_is_open()")
    keep(krita, "guide", of=DOCKER)
    krita.hand.press_keys("Escape")
    docker.set(t0=0.4)
    krita.hand.click("sdedit_more")
    krita.hand.type_number("sdedit_repeats", "4")
    docker.press()
    docker.await_words("4 pictures in ", PATIENCE_S)
    keep(krita, "ladder", of=DOCKER)
    krita.hand.click("sdedit_put_away")
    krita.hand.type_number("sdedit_repeats", "1")
    krita.hand.type_number("sdedit_variants", "4")
    docker.press()
    docker.await_words("4 pictures in ", PATIENCE_S)
    keep(krita, "variants", of=DOCKER)
    krita.hand.click("sdedit_put_away")
    krita.hand.type_number("sdedit_variants", "1")


def take_t0_map(krita: KritaSession, docker: SDEditDocker) -> None:
    """A gradient as the map: the left stays the artist's."""
    open_painting(krita)
    width, height = LARGE
    grey = np.broadcast_to(np.linspace(0, 255, width).astype(np.uint8), (height, width))
    opaque = np.full_like(grey, 255)
    krita.documents.add_layer("how much")
    krita.documents.write_layer("how much", (0, 0, *LARGE), np.stack([grey] * 3 + [opaque], -1))
    krita.documents.hide_layer("how much")
    krita.documents.activate_layer("Background")
    krita.hand.choose("sdedit_t0_map", "how much")
    docker.set(t0=0.6)
    docker.press()
    docker.await_end(PATIENCE_S)
    keep(krita, "t0-map")
    krita.hand.choose("sdedit_t0_map", "None")
    krita.hand.click("sdedit_more")


def take_blending(krita: KritaSession, docker: SDEditDocker) -> None:
    """A pasted piece, with the ring in which it is blended in."""
    open_painting(krita)
    krita.documents.add_layer("pasted")
    krita.documents.write_layer("pasted", PLACE, piece())
    krita.documents.activate_layer("pasted")
    krita.hand.point_at("sdedit_area")
    krita.wait_until("widgets.state('sdedit_way_blend')['isChecked']", PATIENCE_S)
    keep(krita, "blend")
    docker.press()
    docker.await_end(PATIENCE_S)


def piece() -> Pixels:
    """A round piece of a picture."""
    with Image.open(IMAGES / "snow-cap.jpg") as picture:
        pixels = np.asarray(picture.convert("RGBA").crop((340, 60, 480, 200)).resize((SIDE, SIDE)))
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    cut = pixels.copy()
    cut[x**2 + y**2 > 1] = 0
    return cut


def take_another_document(krita: KritaSession, docker: SDEditDocker) -> None:
    """An edit of one document, seen from another."""
    open_painting(krita)
    docker.set(steps=200)
    docker.begin()
    krita.documents.create("another", *LARGE)
    docker.await_words("another document")
    keep(krita, "another-document", of=DOCKER)
    krita.documents.close()
    docker.rest()
    docker.set(steps=STEPS)


def take_cmyk(krita: KritaSession, docker: SDEditDocker) -> None:
    """A document for print: the result is CMYK, too."""
    open_painting(krita)
    krita.run(
        "document = documents.active()\n"
        "document.setColorSpace('CMYKA', 'U8', 'Chemical proof')\n"
        "document.waitForDone()"
    )
    docker.set(t0=0.45)
    docker.press()
    docker.await_end(PATIENCE_S)
    keep(krita, "cmyk")
