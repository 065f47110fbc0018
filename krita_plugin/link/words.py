"""What is said of a backend while it does not work for the artist, here or on another machine."""

from __future__ import annotations

from dataclasses import dataclass

from ..i18n import _
from ..protocol.errors import ConnectionLost, ProtocolError, SDEditError, VersionMismatch
from ..protocol.limits import TIMEOUTS


class BackendEnded(SDEditError):
    """The backend's process ended although nobody had asked it to."""

    code = "backend-ended"


@dataclass(frozen=True)
class BackendWords:
    """Sentences, and the errors that are sentences with a hint."""

    at_rest: str
    starting: str
    slow: str
    """Instead of ``starting``, when it takes longer than one would think."""
    silent: str
    silent_hint: str
    """While no edit is under way."""
    silent_at_work_hint: str
    refused: ConnectionLost
    no_answer: ConnectionLost
    """It has not answered for as long as the first answer may take."""
    other_version_hint: str = ""
    """Instead of the hint that the error brings along."""

    def of(self, error: ProtocolError) -> ProtocolError:
        """The error for what cannot be understood, with the remedy that helps here."""
        if isinstance(error, VersionMismatch) and self.other_version_hint:
            return VersionMismatch(error.sentence, self.other_version_hint)
        return error


HERE = BackendWords(
    at_rest=_("The backend starts with your first edit."),
    starting=_("Starting the backend…"),
    slow=_("The backend is slow to answer. Still waiting for it…"),
    silent=_("The backend is not answering."),
    silent_hint=_("Generate starts a new one."),
    silent_at_work_hint=_("Wait for it, or cancel: the next edit starts a new one."),
    refused=ConnectionLost(
        _("The SDEdit backend does not accept this plugin's key."),
        _("Run install.py again: it makes keys that match."),
    ),
    no_answer=ConnectionLost(
        _("The SDEdit backend did not answer within {seconds:g} s.").format(
            seconds=TIMEOUTS.start_s
        ),
        _("Press Generate to start it again, or run 'sdedit doctor' in a terminal to see why."),
    ),
)


def elsewhere(name: str) -> BackendWords:
    """Of the backend of this name, on another machine."""
    return BackendWords(
        at_rest=_("Your edits are made by “{name}”.").format(name=name),
        starting=_("Connecting to “{name}”…").format(name=name),
        slow=_("“{name}” is slow to answer. Still waiting for it…").format(name=name),
        silent=_("“{name}” is not answering.").format(name=name),
        silent_hint=_("It is connected again as soon as it can be reached."),
        silent_at_work_hint=_("The edit goes on as soon as it can be reached; or cancel."),
        refused=ConnectionLost(
            _("“{name}” does not let this machine in.").format(name=name),
            _("Its permission may have been revoked; 'sdedit keys new' begins another pairing."),
        ),
        no_answer=ConnectionLost(
            _("“{name}” does not answer.").format(name=name),
            _("See there that 'sdedit serve --listen' runs and that no firewall is in between."),
        ),
        other_version_hint=_("Install the same version of SDEdit on both machines."),
    )


def ended_at_work() -> BackendEnded:
    """Of a process that had been answering."""
    return BackendEnded(
        _("The SDEdit backend stopped unexpectedly."),
        _("Your document is untouched; Generate starts the backend again."),
    )


def ended_at_its_start(last_words: str) -> BackendEnded:
    """Of one that had not yet answered."""
    return BackendEnded(_("The SDEdit backend could not start."), last_words)
