"""Where the backend may listen: on this machine, or beyond it when told to and someone may come."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

from protocol.errors import SDEditError
from protocol.keys import THIS_MACHINE, load_server_keys

MOST_PORT = 65535
ANOTHER = "Choose another address or port; * as the port takes one that is free."


def check_door(address: str, is_open: bool, keys_folder: Path) -> None:
    """Refuse an address that other machines can reach, unless ``is_open``; and then without any
    client of another machine that could come.

    Raises SDEditError, KeyFileError.
    """
    tcp = re.fullmatch(r"tcp://(.+):(\*|[0-9]+)", address)
    if tcp is None and not address.startswith("ipc://"):
        raise cannot_listen(
            address,
            "it is not of the form tcp://HOST:PORT",
            f"Give it as {'tcp://*:5570' if is_open else 'tcp://127.0.0.1:*'}, for example.",
        )
    # ZeroMQ itself takes port 99999 for 34463.
    if tcp is not None and tcp[2] != "*" and int(tcp[2]) > MOST_PORT:
        raise cannot_listen(
            address, f"there is no port {tcp[2]}", f"Choose one from 1 to {MOST_PORT}."
        )
    if is_open:
        if not set(load_server_keys(keys_folder).authorised) - {THIS_MACHINE}:
            raise SDEditError(
                f"No other machine may connect, so the backend does not listen at {address}.",
                "Run 'sdedit keys new' on the other machine: it says how to let it in.",
                code="keys",
            )
    elif tcp is not None and not _is_loopback(tcp[1]):
        raise SDEditError(
            f"Other machines can reach {address}.",
            f"If they should, use --listen {address}; for this machine alone, "
            "--address tcp://127.0.0.1:*.",
            code="address",
        )


def cannot_listen(address: str, reason: str, remedy: str = ANOTHER) -> SDEditError:
    """The error for an address that is impossible, or taken."""
    return SDEditError(
        f"The backend cannot listen at {address} ({reason}).", remedy, code="address"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # the name of a network interface, or "*" for all of them
