"""Takes those pictures of docs/panel.md that begin with a document of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.krita.docs_pictures import DOCKER, IMAGES, PAINTING, PATIENCE_S, keep
from tests.krita.documents import Pixels
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

ROCK_IN_PICTURE = (95, 65, 325, 245)
ROCK = ((117, 5), (225, 160), (205, 167), (5, 175))
"""Its corners inside of that."""
PLACE = (380, 170, 230, 180)
LARGE = (768, 512)
STEPS = 8
BOAT = (((-34, 0), (34, 0), (22, 16), (-22, 16)), ((-2, -64), (-2, -6), (28, -6)))
"""Hull and sail, around the place where it is."""
COURSE = ((250, 318), (290, 322), (330, 326))


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
    take_frames(krita, docker)


def open_painting(krita: KritaSession) -> None:
    krita.documents.close_all()
    krita.documents.open(PAINTING)
    place = krita.hand.show_whole_image()
    # Until the pointer has come and gone, Krita draws a brush at the canvas's corner.
    krita.screen.move_pointer(*place.on_screen((9, 9)))
    krita.hand.hover("ToolBox")


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
    """A rock, cut out of a photograph."""
    with Image.open(IMAGES / "compositing.jpg") as picture:
        rock = picture.convert("RGB").crop(ROCK_IN_PICTURE)
    outline = Image.new("L", rock.size)
    ImageDraw.Draw(outline).polygon(ROCK, fill=255)
    rock.putalpha(outline)
    return np.asarray(rock)


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


def take_frames(krita: KritaSession, docker: SDEditDocker) -> None:
    """A boat in three drawings, each held for two frames, of which a range is being made."""
    open_painting(krita)
    with tempfile.TemporaryDirectory() as folder:
        krita.run(
            "document = documents.active()\n"
            "document.importAnimation(files, 0, 2)\n"
            "document.setFullClipRangeEndTime(5)\n"
            "document.setCurrentTime(0)",
            files=[draw_boat(Path(folder) / f"{x}.png", x, y) for x, y in COURSE],
        )
    krita.documents.activate_layer(krita.documents.layer_names()[0])
    krita.hand.hover("sdedit_status")  # then the docker looks whether there is an animation
    krita.hand.click("sdedit_more")
    krita.wait_until("widgets.state('sdedit_make_frames')['visible']")
    krita.hand.click("sdedit_make_frames")
    docker.await_words("Frame 3 of 6", PATIENCE_S)
    bar = "widgets.state('sdedit_progress')"
    krita.wait_until(f"{bar}['value'] > {bar}['maximum'] / 2", PATIENCE_S)
    keep(krita, "frames")
    docker.await_end(PATIENCE_S)
    krita.hand.click("sdedit_more")


def draw_boat(file: Path, x: int, y: int) -> str:
    """Write the painting with the boat at this place."""
    with Image.open(PAINTING) as picture:
        drawing = picture.convert("RGB")
    for shape, colour in zip(BOAT, ("#5a3a28", "#f2efe6")):
        corners = [(x + across, y + down) for across, down in shape]
        ImageDraw.Draw(drawing).polygon(corners, fill=colour)
    drawing.save(file)
    return str(file)
