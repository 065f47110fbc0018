"""Every error an artist can meet.

SDEditError                 code, one sentence, a hint that says what to do
├── InvalidValue            a field is outside its allowed range
├── ProtocolError           bytes that are not a message of this protocol
│   └── VersionMismatch     a message of another protocol version
├── KeyFileError            key files missing, damaged or readable by others
├── ConnectionLost          no backend answers
└── JobFailed               the backend's answer `Failed`, as an exception

A cancel is an outcome, not an error. Stack traces go to the log, never over the wire.
"""

from __future__ import annotations

from .sentences import escaped


class SDEditError(Exception):
    """An error with a stable ``code``, a ``sentence`` for the artist and a ``hint``.

    Both are `escaped`: names of files and models that are in them may hold anything.
    """

    code = "error"

    def __init__(self, sentence: str, hint: str = "", code: str = "") -> None:
        self.sentence, self.hint = escaped(sentence), escaped(hint)
        super().__init__(f"{self.sentence} {self.hint}" if hint else self.sentence)
        if code:
            self.code = code


class InvalidValue(SDEditError, ValueError):
    """A field is outside its allowed range; the sentence names field, value and range."""

    code = "invalid-value"


class ProtocolError(SDEditError):
    """The bytes received are not a message of this protocol."""

    code = "protocol"


class VersionMismatch(ProtocolError):
    """Plugin and backend speak different versions of the protocol."""

    code = "version"


class KeyFileError(SDEditError):
    """Key files are missing, damaged, or readable by other users."""

    code = "keys"


class ConnectionLost(SDEditError):
    """The backend does not answer."""

    code = "connection"


class JobFailed(SDEditError):
    """The backend answered `Failed`; its code, sentence and hint are carried over."""

    code = "job-failed"
