"""t0 proposed from the painting itself, with the reason in a sentence."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ..area import Plan
from ..core import Core
from ..i18n import _
from ..jobs.errand import Errand, edit_request
from ..jobs.job import Job
from ..notices import Notice
from ..panel_state import local_number
from ..protocol.messages import JobRequest, Message, Proposal, ProposeT0
from ..studio import Pixels
from .feature import Feature, Handlers

REASONS = {
    "flat": _("Your painting has large flat shapes; at {t0} the model can put detail into them."),
    "some-detail": _(
        "Your painting has some detail; at {t0} the model can bring the rest up to it."
    ),
    "detailed": _("Your painting has fine detail already; {t0} keeps it, and more adds little."),
}
"""What the reasons mean that are known here."""


@dataclass(frozen=True)
class AskForT0:
    """Have the backend propose a t0."""


class Propose(Errand):
    """The slider goes where the backend says."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def message(self, job: Job, plan: Plan | None, pixels: Pixels | None) -> Message:
        edit = edit_request(job, plan, pixels)
        return ProposeT0(**{item.name: getattr(edit, item.name) for item in fields(JobRequest)})

    def answered(self, job: Job, answer: Message) -> Notice:
        assert isinstance(answer, Proposal)
        facts = self._core.facts
        if facts is not None and facts.document == job.document:
            self._core.change(t0=answer.t0)
        else:
            self._core.easel(job.document).t0s = {"t0": answer.t0}
        known = REASONS.get(answer.reason)
        t0 = local_number(answer.t0)
        return Notice(answer.sentence if known is None else known.format(t0=t0))


class AutoT0(Feature):
    """One press, one proposal."""

    def handlers(self) -> Handlers:
        return {AskForT0: lambda _: self._ask()}

    def _ask(self) -> None:
        self._core.begin(Propose(self._core))
