"""What is said of a backend while it does not work for the artist, here or on another machine."""

from __future__ import annotations

from dataclasses import dataclass

from .protocol.errors import ConnectionLost, ProtocolError, VersionMismatch
from .protocol.limits import TIMEOUTS


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
    at_rest="The backend starts with your first edit.",
    starting="Starting the backend…",
    slow="The backend is slow to answer. Still waiting for it…",
    silent="The backend is not answering.",
    silent_hint="Generate starts a new one.",
    silent_at_work_hint="Wait for it, or cancel: the next edit starts a new one.",
    refused=ConnectionLost(
        "The SDEdit backend does not accept this plugin's key.",
        "Run install.py again: it makes keys that match.",
    ),
    no_answer=ConnectionLost(
        f"The SDEdit backend did not answer within {TIMEOUTS.start_s:g} s.",
        "Press Generate to start it again, or run 'sdedit doctor' in a terminal to see why.",
    ),
)


def elsewhere(name: str) -> BackendWords:
    """Of the backend of this name, on another machine."""
    return BackendWords(
        at_rest=f"Your edits are made by “{name}”.",
        starting=f"Connecting to “{name}”…",
        slow=f"“{name}” is slow to answer. Still waiting for it…",
        silent=f"“{name}” is not answering.",
        silent_hint="It is connected again as soon as it can be reached.",
        silent_at_work_hint="The edit goes on as soon as it can be reached; or cancel.",
        refused=ConnectionLost(
            f"“{name}” does not let this machine in.",
            "Its permission may have been revoked; 'sdedit keys new' begins another pairing.",
        ),
        no_answer=ConnectionLost(
            f"“{name}” does not answer.",
            "See there that 'sdedit serve --listen' runs and that no firewall is in between.",
        ),
        other_version_hint="Install the same version of SDEdit on both machines.",
    )
