"""The SDEdit docker, worked by hand as an artist does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.krita.documents import Layer

if TYPE_CHECKING:
    from tests.krita.session import KritaSession

# An edit in these tests takes seconds; a busy machine, and a backend that must start first, get
# many times that.
EDIT_TIMEOUT_S = 90.0
REACTION_TIMEOUT_S = 10.0
SLOW_STEPS = 200
"""So many steps keep the backend at work for many seconds, even on a small canvas."""


class SDEditDocker:
    """What an artist can do in the docker, and what can be read there."""

    def __init__(self, krita: KritaSession) -> None:
        self._krita = krita

    def show(self, width: int = 360) -> None:
        """Show it at the right, alone."""
        self._krita.hand.show_dockers("sdedit_docker", width=width, alone=True)

    # -- what it says ---------------------------------------------------------------------

    def text(self, name: str) -> str:
        """The text of one of its widgets: ``status``, ``area``, ``generate``."""
        text: str = self._krita.hand.widget(f"sdedit_{name}")["text"]
        return text

    @property
    def guide(self) -> str:
        """What the guide's tool tip says that it is."""
        tip: str = self._krita.hand.widget("sdedit_guide")["toolTip"]
        return tip.partition("\n")[0]

    @property
    def way(self) -> str:
        """Which way is chosen, ``refine``, ``local`` or ``blend``; "" for none."""
        state = self._krita.hand.widget
        ways = ("refine", "local", "blend")
        return next((way for way in ways if state(f"sdedit_way_{way}")["isChecked"]), "")

    def value(self, name: str) -> Any:
        """The value of one of its fields: ``t0``, ``steps``, ``seed``, ``t0_slider``."""
        return self._krita.hand.widget(f"sdedit_{name}")["value"]

    @property
    def words(self) -> str:
        """The status in words."""
        return self.text("status")

    @property
    def share(self) -> float:
        """How far the picture is, 0 to 1."""
        bar = self._krita.hand.widget("sdedit_progress")
        return float(bar["value"] / bar["maximum"]) if bar["visible"] and bar["maximum"] else 0.0

    @property
    def is_working(self) -> bool:
        """Whether the button offers to cancel."""
        return self.text("generate") == "Cancel"

    # -- what is done in it ---------------------------------------------------------------

    def set(
        self, *, t0: float | None = None, steps: int | None = None, seed: int | None = None
    ) -> None:
        """Type what the fields do not show already; for a seed, switch Random off first."""
        if seed is not None:
            self.choose_random_seed(False)
        for name, wanted in (("t0", t0), ("steps", steps), ("seed", seed)):
            if wanted is not None and self.value(name) != wanted:
                self._krita.hand.type_number(f"sdedit_{name}", f"{wanted:.10g}")

    def start_with(self, *, t0: float, steps: int, seed: int) -> None:
        """Have these in the fields without typing, which takes a second for all of them."""
        self.choose_random_seed(False)
        self._krita.run(
            "for name, value in values.items(): widgets.find(f'sdedit_{name}').setValue(value)",
            values={"t0": t0, "steps": steps, "seed": seed},
        )

    def choose_random_seed(self, is_wanted: bool) -> None:
        """Switch Random on or off."""
        if self._krita.hand.widget("sdedit_seed_random")["isChecked"] is not is_wanted:
            self._krita.hand.click("sdedit_seed_random")
            assert self._krita.hand.widget("sdedit_seed_random")["isChecked"] is is_wanted

    def choose_guide(self, words: str) -> None:
        """Choose "Active layer and below", "Active layer only" or "Everything visible"."""
        if self._krita.hand.widget("sdedit_guide")["currentText"] != words:
            self._krita.hand.choose("sdedit_guide", words)

    def choose_way(self, way: str) -> None:
        """Click on ``refine``, ``local`` or ``blend``."""
        self._krita.hand.click(f"sdedit_way_{way}")
        self._krita.wait_until(
            "widgets.state(name)['isChecked']", REACTION_TIMEOUT_S, name=f"sdedit_way_{way}"
        )

    def press(self) -> None:
        """Click the button: Generate, or Cancel while an edit is under way."""
        self._krita.hand.click("sdedit_generate")

    def begin(self) -> None:
        """Press Generate and wait until the model is at work."""
        self.press()
        self.await_words(" %")

    def generate(self) -> Layer:
        """Press Generate, wait for the one new layer, and return it."""
        before = {layer.id for layer in self._krita.documents.layers()}
        self.press()
        self.await_end()
        assert "as a new layer" in self.words, self.words
        (made,) = [layer for layer in self._krita.documents.layers() if layer.id not in before]
        return made

    def await_words(self, words: str, timeout_s: float = EDIT_TIMEOUT_S) -> None:
        """Wait until the status contains these words."""
        self._krita.wait_until(
            "words in (widgets.state('sdedit_status')['text'])", timeout_s, words=words
        )

    def await_end(self, timeout_s: float = EDIT_TIMEOUT_S) -> None:
        """Wait until no edit is under way."""
        self._krita.wait_until("widgets.state('sdedit_generate')['text'] == 'Generate'", timeout_s)

    def rest(self) -> None:
        """Cancel an edit that is still under way."""
        if self.is_working:
            self.press()
            self.await_end(REACTION_TIMEOUT_S)
