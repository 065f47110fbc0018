"""Takes the pictures of the docker in other languages, themes and sizes."""

from __future__ import annotations

from PIL import Image

from tests.krita.docs_pictures import DOCKER, IMAGES, PAINTING, PATIENCE_S, keep
from tests.krita.home import KritaHome
from tests.krita.scenarios.test_appearance import choose_theme
from tests.krita.scenarios.test_languages import krita_in
from tests.krita.screen import virtual_screen
from tests.krita.session import KritaSession

NARROW_PX, USUAL_PX = 250, 300
LANGUAGES = {"de": "german", "ja": "japanese", "ko": "korean", "ar": "right-to-left"}


def take_looks(home: KritaHome) -> None:
    """A strip in each."""
    for language, name in LANGUAGES.items():
        with krita_in(home, language, name) as krita:
            take_strip(krita, NARROW_PX)
            keep(krita, name, of=DOCKER)
    with krita_in(home, "en", "bright") as krita:
        choose_theme(krita, "Krita bright")
        take_strip(krita, USUAL_PX)
        keep(krita, "bright", of=DOCKER)
        choose_theme(krita, "Krita dark")
    with virtual_screen(2800, 1800) as screen, krita_in(
        home, "en", "magnified", screen=screen, QT_SCALE_FACTOR="2"
    ) as krita:
        take_strip(krita, USUAL_PX)
        x, y, width, height = (2 * value for value in krita.hand.rectangle(DOCKER))
        with Image.open(krita.screenshot("readme-magnified")) as picture:
            picture.crop((x, y, x + width, y + height)).save(IMAGES / "magnified.png")


def take_strip(krita: KritaSession, width: int) -> None:
    krita.documents.open(PAINTING)
    krita.hand.show_whole_image()
    krita.hand.show_dockers(DOCKER, width=width, alone=True)
    # Not by hand: the screen's pixels are not Qt's points where it is magnified.
    krita.run("widgets.find('sdedit_steps').setValue(8)\nwidgets.find('sdedit_strip').click()")
    krita.wait_until("widgets.is_there('sdedit_candidate_4')", PATIENCE_S)
    krita.wait_until("not widgets.state('sdedit_progress')['visible']", PATIENCE_S)
