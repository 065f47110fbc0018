"""Which backend is used: this machine's own, or one of those on other machines."""

from __future__ import annotations

from typing import Callable, Sequence

from ..installation import Installation
from ..protocol.errors import SDEditError
from .hosts import AnotherMachine, Host, ThisMachine


class HostChoice:
    """The host in use, and the one that is wanted. What is in use stays so until `move`."""

    def __init__(
        self,
        installation: Installation | SDEditError,
        serve_arguments: Callable[[], Sequence[str]],
    ) -> None:
        self._installation = installation
        self.local: ThisMachine | None = None
        if isinstance(installation, Installation):
            self.local = ThisMachine(installation, serve_arguments)
        self.current: Host | None = self.local
        """None where nothing is installed, as is `local`."""
        self._wanted = ""
        self._is_outdated = False
        """Whether this machine's backend is to be started anew."""

    def names(self) -> list[str]:
        """The names of the backends on other machines that this one is paired with."""
        if isinstance(self._installation, SDEditError):
            return []
        from ..protocol.pairing import backend_names  # late: it needs the vendored libraries

        return backend_names(self._installation.keys)

    def want(self, name: str) -> None:
        """Choose the backend of this name, "" for this machine's own."""
        self._wanted = name

    def want_anew(self) -> None:
        """What this machine's backend is started with has changed."""
        self._is_outdated = self.local is not None and self.local.is_started

    @property
    def is_due(self) -> bool:
        """Whether `move` has something to do, once no job is under way."""
        if self.current is None:
            return False
        return self._is_outdated or self.current.name != self._wanted

    def move(self) -> bool:
        """Take the host that is wanted, now that the other one has ended; whether it is another."""
        self._is_outdated = False
        if self.current is None or self.current.name == self._wanted:
            return False
        self.current = AnotherMachine(self._wanted) if self._wanted else self.local
        return True
