"""One text file to attach to a bug: what is here, what is wrong, the last lines of the logs.

It names nobody: home folders, the user's and the machine's name, addresses and keys are replaced
by words. It holds no picture, and the logs hold none. Standard library only, since a missing
package may be the very thing to report.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import platform
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from protocol import VERSION

LOG_FILES = 12
ALWAYS = ("plugin.log", "install-doctor.log", "backend.log")
"""Of these there is one each; of the others one for each run."""
LOG_LINES = 80
LOG_BYTES = 64 * 1024
KEY_LENGTH_LEAST = 20
"""Any text as long as this in a file of keys counts as one."""
LOADED_IN = re.compile(r"Loaded in (Krita .*)")
"""What the plugin logs at its start."""


def make_report(findings: Iterable[str], home: Path) -> str:
    """The report: ``findings`` as `sdedit doctor` prints them, and what lies in ``home``."""
    logs = _newest(home / "logs")
    sections = {
        "What is here": _facts(home),
        "Checks": findings,
        "Kritas in which the plugin was loaded": _kritas(home / "logs"),
        **{f"The end of {log.name}": _last_lines(log) for log in logs},
    }
    text = "\n".join(_section(title, lines) for title, lines in sections.items())
    return Anonymiser(home).clean(f"SDEdit for Krita: bug report\n\n{text}")


class Anonymiser:
    """Replaces what tells of a person or a machine."""

    def __init__(self, home: Path) -> None:
        """``home`` is the installation; its keys, above all, must not get out."""
        folders = {str(Path.home()): "HOME", os.path.realpath(Path.home()): "HOME"}
        names = {Path.home().name: "USER", socket.gethostname(): "HOST", platform.node(): "HOST"}
        names |= {name.partition(".")[0]: word for name, word in names.items()}
        # Backends on other machines, which often are called as these are.
        names |= {path.stem: "BACKEND" for path in (home / "keys" / "backends").glob("*.json")}
        for variable in ("USER", "LOGNAME", "USERNAME"):
            names[os.environ.get(variable, "")] = "USER"
        # A user that the system has no name for.
        with contextlib.suppress(OSError, KeyError, ImportError):
            names[getpass.getuser()] = "USER"
        exact = {**folders, **dict.fromkeys(_keys(home / "keys"), "KEY")}
        self._rules = [
            # The longest first: a home folder holds the user's name.
            *(
                (re.compile(re.escape(text)), word)
                for text, word in sorted(exact.items(), key=lambda item: -len(item[0]))
                if len(text) > 1
            ),
            (re.compile(r"(?i)([/\\](?:home|users)[/\\]+)[^/\\\s\"']+"), r"\1USER"),
            *(
                (re.compile(rf"(?i)(?<!\w){re.escape(name)}(?!\w)"), word)
                for name, word in names.items()
                if name and name != "localhost"
            ),
            (re.compile(r"\b(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}\b"), "ADDRESS"),
        ]

    def clean(self, text: str) -> str:
        """The text without them."""
        for pattern, word in self._rules:
            text = pattern.sub(word, text)
        return text


def _section(title: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines) or "(nothing)"
    return f"== {title}\n{body}\n"


def _facts(home: Path) -> Iterator[str]:
    yield f"SDEdit {VERSION}"
    yield f"Python {platform.python_version()} ({sys.platform})"
    yield f"System {platform.platform()}, {platform.machine()}, {os.cpu_count()} processors"
    yield f"Data folder {home}"


def _kritas(logs: Path) -> list[str]:
    """Each Krita that the plugin's logs speak of, once, as last seen."""
    found: dict[str, None] = {}
    for log in sorted(logs.glob("plugin.log*"), reverse=True):
        for line in _text(log).splitlines():
            match = LOADED_IN.search(line)
            if match:
                found.pop(match[1], None)
                found[match[1]] = None
    return list(found)


def _newest(folder: Path) -> list[Path]:
    logs = [path for path in folder.glob("*.log") if path.is_file()]
    logs.sort(key=lambda path: (path.name not in ALWAYS, -path.stat().st_mtime))
    return logs[:LOG_FILES]


def _last_lines(log: Path) -> list[str]:
    return _text(log).splitlines()[-LOG_LINES:]


def _text(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LOG_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError as error:
        return f"(cannot be read: {error.strerror})"


def _keys(folder: Path) -> set[str]:
    """All texts in the files of keys that may be keys."""
    found: set[str] = set()
    for path in folder.glob("**/*"):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:  # a folder, or one that we may not read
            continue
        found |= {part for part in text.split() if len(part) >= KEY_LENGTH_LEAST}
        with contextlib.suppress(ValueError):
            found |= set(_long_texts(json.loads(text)))
    return found


def _long_texts(value: object) -> Iterator[str]:
    """The long texts anywhere in a JSON value, names included."""
    if isinstance(value, str) and len(value) >= KEY_LENGTH_LEAST:
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _long_texts(name)
            yield from _long_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _long_texts(item)
