"""What the panel shows: one frozen value, made by the core, drawn by the UI."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .gallery import GalleryView, OnCanvas
from .i18n import _
from .model_facts import ModelFacts
from .past_results import PastResult
from .protocol.images import Image
from .settings import Settings
from .studio import NamedLayer
from .ways import Way


class Mood(Enum):
    """How the status is meant."""

    CALM = "all is well"
    WORKING = "something is under way"
    PROBLEM = "the artist must know, or do something"


@dataclass(frozen=True)
class ImportState:
    """A model's import, which is under way or was the last."""

    words: str = ""
    is_under_way: bool = False
    percent: int | None = None
    """Of a download; None while that is not known."""


@dataclass(frozen=True)
class PanelState:
    """All that the panel shows. Two equal states look the same."""

    guide: str
    area: str
    settings: Settings
    status: str
    hint: str = ""
    mood: Mood = Mood.CALM
    is_working: bool = False
    """Whether the button means Cancel."""
    is_button_enabled: bool = True
    progress: float | None = 0.0
    """0 to 1; None while it is not known how long it takes."""
    preview: Image | None = None
    shape: tuple[int, int] | None = None
    """Width and height of what the preview will show; None while nothing can be edited."""
    way: Way | None = None
    """None while no document is open."""
    possible_ways: tuple[Way, ...] = ()
    t0_map: str = ""
    """The layer or mask that is the t0 map, by its identity."""
    t0_map_layers: tuple[NamedLayer, ...] = ()
    """What can be one, when it was looked up last."""
    gallery: GalleryView = GalleryView()
    t0_marks: tuple[float, ...] = ()
    """Where on the slider finished pictures are."""
    on_canvas: OnCanvas | None = None
    models: tuple[ModelFacts, ...] = ()
    """What can be chosen; at least the model that is."""
    history: tuple[PastResult, ...] = ()
    """Earlier results of the document, the newest first."""
    has_more_history: bool = False
    is_live: bool = False
    """Whether what is painted is refined as soon as the brush is lifted."""
    frames: tuple[int, int] | None = None
    """The range of frames to make, both ends included; None while nothing is animated."""
    recipe: str = ""
    """What made the active layer, in a line; "" if no edit has made it."""
    command: str = ""
    """The command that makes it again."""
    png_file: str = ""
    """Where the picture could be saved with that recipe: beside the document, or a name alone."""
    is_selected: bool = False
    """Whether such a recipe could be used on a selection."""
    model_import: ImportState = ImportState()
    backends: tuple[str, ...] = ()
    """The backends on other machines that this one is paired with."""
    device: str = ""
    """What the backend computes on, in words; "" while it is not known."""

    @property
    def model(self) -> ModelFacts:
        """The model that is chosen."""
        name = self.settings.model
        chosen = [model for model in self.models if model.name == name]
        return chosen[0] if chosen else ModelFacts(name, name)


def duration_in_words(seconds: float) -> str:
    """A time as one would say it: "about 6 s", "about 2 min"; "" while it is not known."""
    if seconds < 0:
        return ""
    if seconds < 90:
        return _("about {count} s").format(count=max(1, round(seconds)))
    return _("about {count} min").format(count=round(seconds / 60))


def shown_number(value: float) -> str:
    """At least two decimals, and no more zeros than that: "0.45", "0.455", "1.00"."""
    text = f"{value:.3f}"
    return text[:-1] if text.endswith("0") else text


def local_number(value: float) -> str:
    """The same with the decimal point of the artist's language."""
    return shown_number(value).replace(".", _("."))
