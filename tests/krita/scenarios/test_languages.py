"""The docker in a Krita that speaks German, in one that reads from right to left, and magnified."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.krita.home import KritaHome
from tests.krita.kconfig import set_config_value
from tests.krita.paintings import rough_landscape
from tests.krita.screen import virtual_screen
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
EDIT_TIMEOUT_S = 90.0
PLACES = """
def place(name):
    widget = widgets.find(f"sdedit_{name}")
    return widget.mapTo(windows.main_window(), widget.rect().center()).x()

[place(name) for name in names]
"""


@contextlib.contextmanager
def krita_in(home: KritaHome, language: str, name: str, **more: str) -> Iterator[KritaSession]:
    """Krita in the language that is chosen under Settings, Switch Application Language."""
    choice = home.config / "klanguageoverridesrc"
    set_config_value(choice, "Language", "krita", language)
    try:
        with KritaSession(home, name, CUDA_VISIBLE_DEVICES="", **more) as krita:
            yield krita
    finally:
        choice.unlink()


def open_painting(krita: KritaSession) -> None:
    krita.documents.create("landscape", WIDTH, HEIGHT)
    (background,) = krita.documents.layers()  # its name is in Krita's language
    painting = rough_landscape(WIDTH, HEIGHT)
    krita.documents.write_layer(background.name, (0, 0, WIDTH, HEIGHT), painting)
    krita.hand.show_whole_image()


def status(krita: KritaSession) -> str:
    return str(krita.hand.widget("sdedit_status")["text"])


def test_in_a_german_krita_the_docker_speaks_german(installed_home: KritaHome) -> None:
    with krita_in(installed_home, "de", "german") as krita:
        open_painting(krita)
        krita.hand.show_dockers("sdedit_docker", width=250, alone=True)
        krita.hand.click("sdedit_more")
        assert krita.hand.widget("sdedit_generate")["text"] == "Erzeugen"
        assert krita.hand.widget("sdedit_area")["text"].startswith("Ganze Leinwand")
        assert krita.run("app.action('sdedit_generate').text()") == "SDEdit: Erzeugen"
        assert krita.run("widgets.find('sdedit_docker').width()") <= 260
        krita.screenshot("german-docker", of="sdedit_docker")
        krita.hand.type_number("sdedit_steps", "4")
        krita.hand.click("sdedit_strip")
        krita.wait_until("'5 Bilder in' in widgets.state('sdedit_status')['text']", EDIT_TIMEOUT_S)
        krita.hand.click("sdedit_more")
        krita.hand.point_at("sdedit_candidate_3")
        krita.screenshot("german")
        krita.screenshot("german-strip-docker", of="sdedit_docker")
        krita.hand.click("sdedit_generate")
        krita.wait_until("'Fertig in' in widgets.state('sdedit_status')['text']", EDIT_TIMEOUT_S)
        # Scripts and recipes rely on the names of layers.
        assert any(layer.name.startswith("SDEdit t0 ") for layer in krita.documents.layers())


def test_in_an_arabic_krita_the_docker_is_mirrored(installed_home: KritaHome) -> None:
    with krita_in(installed_home, "ar", "arabic") as krita:
        open_painting(krita)
        krita.hand.show_dockers("sdedit_docker", width=300, alone=True)
        names = ["strip", "compare", "auto"]
        places = krita.run(PLACES, names=names)
        assert places == sorted(places, reverse=True)
        assert krita.hand.widget("sdedit_generate")["text"] == "Generate"
        krita.hand.type_number("sdedit_steps", "4")
        krita.hand.click("sdedit_strip")
        krita.wait_until("'5 pictures' in widgets.state('sdedit_status')['text']", EDIT_TIMEOUT_S)
        places = krita.run(PLACES, names=["candidate_0", "candidate_1"])
        assert places[0] > places[1]
        krita.screenshot("arabic")
        krita.screenshot("arabic-docker", of="sdedit_docker")


def test_the_keyboard_alone_works_the_docker(installed_home: KritaHome) -> None:
    """Krita's own shortcuts, such as Tab for hiding the dockers, do not come in between."""
    with krita_in(installed_home, "en", "keyboard") as krita:
        open_painting(krita)
        krita.hand.show_dockers("sdedit_docker", width=300, alone=True)
        krita.run("widgets.find('sdedit_docker').hide()")
        krita.run("app.action('sdedit_panel').trigger()")
        krita.wait_until("widgets.state('sdedit_guide')['focus']")
        while not krita.hand.widget("sdedit_t0_slider")["focus"]:
            before = krita.run(
                "app_focus = QtWidgets.QApplication.focusWidget(); app_focus.objectName()"
            )
            krita.screen.press_keys("Tab")
            krita.wait_until(
                "QtWidgets.QApplication.focusWidget().objectName() != name", name=before
            )
        before_t0, before = before, krita.hand.widget("sdedit_t0_slider")["value"]
        krita.screen.press_keys("Right", "Right")
        krita.wait_until("widgets.state('sdedit_t0_slider')['value'] > before", before=before)
        assert krita.hand.widget("sdedit_generate")["on_screen"]
        krita.screenshot("keyboard")
        krita.screen.press_keys("shift+Tab")
        krita.wait_until("widgets.find(name).hasFocus()", name=before_t0)
        krita.screen.press_keys("Tab")
        krita.wait_until("widgets.state('sdedit_t0_slider')['focus']")
        krita.screen.press_keys("Escape")
        krita.wait_until("not widgets.find('sdedit_t0_slider').hasFocus()")


def test_everything_is_in_sight_at_200_percent(installed_home: KritaHome) -> None:
    with virtual_screen(2800, 1800) as screen, krita_in(
        installed_home, "en", "magnified", screen=screen, QT_SCALE_FACTOR="2"
    ) as krita:
        krita.documents.create("landscape", WIDTH, HEIGHT)
        krita.hand.show_dockers("sdedit_docker", width=300, alone=True)
        assert krita.run("widgets.find('sdedit_generate').devicePixelRatioF()") == 2.0
        for name in ("guide", "area", "t0_slider", "t0", "seed", "seed_random", "generate"):
            assert krita.run(
                "w = widgets.find(name); w.visibleRegion().boundingRect() == w.rect()",
                name=f"sdedit_{name}",
            ), f"{name} is cut off"
        krita.screenshot("magnified")
