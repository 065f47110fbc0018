"""`sdedit keys`: who may use the backend here, and which backends elsewhere this machine may use.

Public keys are shown as hexadecimal digits: no shell reads anything else into these.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import socket
from pathlib import Path

from backend.cli.outcomes import OK, WrongInput
from backend.cli.serve import PORT

NAME = "keys"
HELP = "Let other machines use this backend, or this machine use another's."
KEY_HELP = "the public key that the other machine's line has"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="list who may connect, and to whom (the default)")
    new = actions.add_parser("new", help="make this machine a key for a backend elsewhere")
    new.add_argument("name", nargs="?", help="of this machine (default: its own)")
    allow = actions.add_parser("allow", help="let another machine use the backend here")
    allow.add_argument("name", help="of that machine")
    allow.add_argument("key", help=KEY_HELP)
    allow.add_argument("--as", dest="alias", help="what that machine shall call this backend")
    allow.add_argument(
        "--address", help=f"where that machine reaches this one (default: port {PORT} here)"
    )
    revoke = actions.add_parser("revoke", help="let another machine in no more")
    revoke.add_argument("name", help="of that machine")
    trust = actions.add_parser("trust", help="use a backend that has let this machine in")
    trust.add_argument("name", help="of that backend")
    trust.add_argument("address", help="of that backend, as tcp://HOST:PORT")
    trust.add_argument("key", help=KEY_HELP)
    forget = actions.add_parser("forget", help="use a backend elsewhere no more")
    forget.add_argument("name", help="of that backend")


def run(options: argparse.Namespace) -> int:
    from backend.paths import default_home

    actions = {
        "new": _new,
        "allow": _allow,
        "revoke": _revoke,
        "trust": _trust,
        "forget": _forget,
    }
    actions.get(options.action, _list)(options, default_home().keys)
    return OK


def _list(_options: argparse.Namespace, folder: Path) -> None:
    from protocol.keys import load_server_keys
    from protocol.pairing import backend_names, load_backend

    print("May connect to the backend here:")
    for name, key in load_server_keys(folder).authorised.items():
        print(f"  {name:16}  {_hex(key)}")
    names = backend_names(folder)
    if names:
        print("Backends on other machines:")
    for name in names:
        backend = load_backend(folder, name)
        print(f"  {name:16}  {_hex(backend.keys.server_public)}  {backend.address}")


def _new(options: argparse.Namespace, folder: Path) -> None:
    from protocol.keys import check_name
    from protocol.pairing import new_public_key

    name = options.name or _own_name()
    check_name(name)
    key = new_public_key(folder)
    print("On the backend's machine, run:\n")
    print(f"sdedit keys allow {name} {_hex(key)}")


def _allow(options: argparse.Namespace, folder: Path) -> None:
    from protocol.keys import allow

    server = allow(folder, options.name, _z85(options.key))
    address = options.address or f"tcp://{_own_host()}:{PORT}"
    print(f"{options.name} may connect now. There, run:\n")
    print(f"sdedit keys trust {options.alias or _own_name()} {address} {_hex(server.public)}\n")
    print(f"And here, unless it runs already: sdedit serve --listen tcp://*:{PORT}")


def _revoke(options: argparse.Namespace, folder: Path) -> None:
    from protocol.keys import revoke

    revoke(folder, options.name)
    print(f"{options.name} may connect no more; a backend that runs no longer hears it.")


def _trust(options: argparse.Namespace, folder: Path) -> None:
    from protocol.pairing import trust

    trust(folder, options.name, options.address, _z85(options.key))
    print(f"Paired. Try it: sdedit edit GUIDE.png --out OUT.png --backend {options.name}")


def _forget(options: argparse.Namespace, folder: Path) -> None:
    from protocol.pairing import forget

    forget(folder, options.name)
    print(f"{options.name} is forgotten. There, 'sdedit keys revoke' takes back the permission.")


def _hex(key: str) -> str:
    from zmq.utils import z85

    return z85.decode(key).hex()


def _z85(digits: str) -> str:
    from zmq.utils import z85

    if not re.fullmatch("[0-9a-fA-F]{64}", digits):
        raise WrongInput(
            "The key must be 64 hexadecimal digits.", "Copy the whole line from the other machine."
        )
    return z85.encode(bytes.fromhex(digits)).decode("ascii")


def _own_name() -> str:
    """What others may call this machine."""
    name = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname().split(".")[0])[:64]
    return re.sub("^[^A-Za-z0-9]+", "", name) or "backend"


def _own_host() -> str:
    """Where other machines most likely reach this one."""
    # Nothing is sent: this only asks which of our addresses would be used for going out.
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        way_out.connect(("192.0.2.1", PORT))
        return str(way_out.getsockname()[0])
    return socket.gethostname()
