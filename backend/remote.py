"""A session with a backend on another machine that this one is paired with."""

from __future__ import annotations

from backend.session import Session
from protocol.client import Client
from protocol.errors import ConnectionLost
from protocol.limits import TIMEOUTS
from protocol.pairing import Backend


class RemoteBackend(Session):
    """Connects on entering and disconnects on leaving; that backend runs on for others.

    Raises ConnectionLost when it cannot be reached or does not let this machine in.
    """

    def __init__(self, name: str, backend: Backend) -> None:
        super().__init__()
        self._name = name
        self._backend = backend

    @property
    def address(self) -> str:
        return self._backend.address

    def _start(self) -> None:
        client = self._client = Client(self._backend.address, self._backend.keys, self._context)
        try:
            client.wait_until_connected(TIMEOUTS.reach_s)
        except ConnectionLost as error:
            raise self._unreachable(client.refused) from error
        self._greet()

    def _unreachable(self, is_refused: bool) -> ConnectionLost:
        if is_refused:
            return ConnectionLost(
                f"The backend {self._name!r} does not let this machine in.",
                "Its permission may have been revoked; 'sdedit keys new' begins another pairing.",
            )
        return ConnectionLost(
            f"The backend {self._name!r} does not answer at {self._backend.address}.",
            "See there that 'sdedit serve --listen' runs and that no firewall is in between.",
        )
