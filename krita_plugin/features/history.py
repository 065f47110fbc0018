"""Earlier results of the document, as the backend keeps them: looked at, used again, forgotten."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .. import notices
from ..area import NothingToEdit, plan_edit
from ..core import Core
from ..jobs.errand import Errand, Insertion, layer_name, layer_recipe
from ..jobs.job import Job
from ..panel_state import PanelState
from ..past_results import results_of
from ..protocol.errors import ConnectionLost
from ..protocol.messages import (
    FetchedPictures,
    FetchPictures,
    ForgetHistory,
    Forgotten,
    History,
    ListHistory,
    Message,
)
from .feature import Feature, Handlers


@dataclass(frozen=True)
class ShowHistory:
    """The history is looked at, or no longer."""

    is_shown: bool


@dataclass(frozen=True)
class ShowMoreHistory:
    """The page after those that are shown."""


@dataclass(frozen=True)
class UseAgain:
    """Make an earlier result a layer."""

    entry: str
    nth: int


@dataclass(frozen=True)
class Forget:
    """Keep an earlier edit no longer."""

    entry: str


class PastLayer(Errand):
    """An earlier result becomes a layer. Nothing is sent."""


class HistoryList(Feature):
    """Asks for the history only while it is looked at."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self._is_shown = False
        self._asked_for = ""
        """The document whose history was asked for last, by its own name."""
        self._wanted: dict[str, tuple[int, int]] = {}
        """By entry, for which document and which of its pictures was asked."""

    def handlers(self) -> Handlers:
        return {
            ShowHistory: self._show_history,
            ShowMoreHistory: lambda _: self._ask_for_more(),
            UseAgain: self._use_again,
            Forget: self._forget,
        }

    def show(self, state: PanelState) -> PanelState:
        easel = self._core.easel()
        return replace(state, history=easel.history, has_more_history=easel.has_more_history)

    def looked(self) -> None:
        if self._is_shown and self._asked_for != self._document_id():
            self._ask()

    def ended(self, job: Job) -> None:  # noqa: ARG002
        """What was just made is part of it."""
        if self._is_shown:
            self._ask()

    def hear(self, message: Message) -> None:
        if isinstance(message, History):
            self._take_page(message)
        elif isinstance(message, FetchedPictures):
            self._take_pictures(message)
        elif isinstance(message, Forgotten) and self._is_shown:
            self._ask()

    def _show_history(self, command: ShowHistory) -> None:
        self._is_shown = command.is_shown
        if command.is_shown:
            self._core.link.ensure_warm()
            self._asked_for = ""
            self._ask()

    def _document_id(self) -> str:
        facts = self._core.facts
        return "" if facts is None else self._core.studio.document_id(facts.document)

    def _ask(self) -> None:
        document = self._document_id()
        if document and self._send(ListHistory(document)):
            self._asked_for = document

    def _ask_for_more(self) -> None:
        document, shown = self._document_id(), self._core.easel().history
        if document and shown:
            self._send(ListHistory(document, before=shown[-1].entry))

    def _take_page(self, page: History) -> None:
        if page.document != self._document_id():
            return  # the artist has turned to another document meanwhile
        easel = self._core.easel()
        new = results_of(page)
        names = [result.entry for result in easel.history]
        is_next = bool(new) and bool(names) and new[0].entry not in names
        is_newer = is_next and new[0].time > easel.history[0].time
        easel.history = (*easel.history, *new) if is_next and not is_newer else new
        easel.has_more_history = page.has_more

    def _use_again(self, command: UseAgain) -> None:
        facts = self._core.facts
        if facts is not None and self._send(FetchPictures(command.entry)):
            self._wanted[command.entry] = facts.document, command.nth

    def _take_pictures(self, fetched: FetchedPictures) -> None:
        document, nth = self._wanted.pop(fetched.entry, (0, 0))
        facts = self._core.facts
        if not document or facts is None or facts.document != document:
            return  # the artist has turned to another document meanwhile
        if nth >= len(fetched.pictures):
            self._core.say(notices.NOT_KEPT_ANY_MORE)
            return
        picture = fetched.pictures[nth]
        try:
            plan = plan_edit(facts, self._core.choices())
        except NothingToEdit:
            # Its selection, for one, may be empty, which does not matter here.
            plan = plan_edit(replace(facts, selection=None))
        recipe = layer_recipe(fetched.recipe, fetched.entry, nth, len(fetched.pictures))
        area = picture.bounds.intersection(facts.canvas)
        if area.is_empty:
            self._core.say(notices.OUTSIDE_NOW)
            return
        insertion = Insertion(layer_name(recipe), picture, area, recipe)
        self._core.insert(PastLayer(), insertion, plan)

    def _forget(self, command: Forget) -> None:
        self._send(ForgetHistory(self._document_id(), command.entry))

    def _send(self, message: Message) -> bool:
        """Whether somebody is there to answer."""
        if not self._core.link.state.takes_jobs:
            return False
        try:
            self._core.link.send(message)
        except ConnectionLost:
            return False
        return True
