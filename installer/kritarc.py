"""Switching the plugin on and off in kritarc, with every other byte left as it was.

kritarc belongs to the user and to Krita. It is edited as bytes, line by line: nothing is parsed
and written anew, so comments, order, odd lines and line ends survive.

    GamutMasks.viewMode=0          keys before the first header belong to no group
    [python]                       a group's header; a group may occur more than once
    enable_sdedit=true             of equal keys the last one counts
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

_HEADER = re.compile(rb"\s*\[")
_PYTHON_HEADER = re.compile(rb"\s*\[python\]\s*(\[\$[a-z]+\]\s*)*$")
_ENTRY = re.compile(rb"(\s*enable_sdedit\s*=)([^\r\n]*)(\r?\n?)$")
_RESOURCE_ENTRY = re.compile(rb"\s*ResourceDirectory(\[\$e\])?\s*=\s*(.*?)\s*$")
_ESCAPES = {"s": " ", "t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


@dataclass(frozen=True)
class Made:
    """What switching on added besides the line itself, so that switching off can take it back."""

    file: bool = False
    group: bool = False
    newline: str = ""  # given to a last line that had none


def switched_on(content: bytes) -> bool:
    """Whether Krita would load the plugin with this kritarc."""
    lines = _lines(content)
    entries = _entries(lines)
    if not entries:
        return False
    match = _ENTRY.match(lines[entries[-1]])
    assert match is not None
    return match.group(2).strip().lower() in (b"true", b"on", b"yes", b"1")


def switch_on(content: bytes) -> tuple[bytes, Made]:
    """The content with the plugin switched on, and what that added."""
    if switched_on(content):
        return content, Made()
    lines = _lines(content)
    entries = _entries(lines)
    if entries:
        lines[entries[-1]] = _ENTRY.sub(rb"\1true\3", lines[entries[-1]])
        return b"".join(lines), Made()
    line_end = _line_end(lines)
    headers = [i for i, line in enumerate(lines) if _PYTHON_HEADER.match(line)]
    if headers:
        newline = _insert(lines, headers[0] + 1, [b"enable_sdedit=true"], line_end)
        return b"".join(lines), Made(newline=newline)
    added = [b"[python]", b"enable_sdedit=true"]
    newline = _insert(lines, len(lines), [b"", *added] if lines else added, line_end)
    return b"".join(lines), Made(group=True, newline=newline)


def switch_off(content: bytes, made: Made) -> bytes:
    """The content without the plugin's line; undoes ``switch_on`` to the byte.

    The group goes too if ``made`` says that it came with the line and nothing else is in it now.
    """
    lines = _lines(content)
    going = set(_entries(lines))
    if not going:
        return content
    if made.group:
        going |= _emptied_group(lines, going)
    kept = [line for i, line in enumerate(lines) if i not in going]
    was_last = len(lines) - 1 in going and not lines[-1].endswith(b"\n")
    if was_last and kept and made.newline and kept[-1].endswith(made.newline.encode()):
        kept[-1] = kept[-1][: -len(made.newline)]
    return b"".join(kept)


def without_settings(content: bytes) -> bytes:
    """The content without the group in which the plugin keeps what the artist set."""
    kept: list[bytes] = []
    inside = False
    for line in _lines(content):
        if _HEADER.match(line):
            inside = line.strip() == b"[sdedit]"
            if inside and kept and not kept[-1].strip(b"\r\n"):
                kept.pop()  # the empty line that Krita puts above each group
        if not inside:
            kept.append(line)
        elif not line.strip(b"\r\n"):
            kept.append(line)
            inside = False
    return b"".join(kept)


def resource_folder(content: bytes) -> str | None:
    """The folder to which kritarc moves Krita's resources, or None for the usual one."""
    for line in _lines(content):
        if _HEADER.match(line):
            return None
        match = _RESOURCE_ENTRY.match(line)
        if match and match.group(2):
            value = match.group(2).decode("utf-8", "surrogateescape")
            value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(0)), value)
            return os.path.expandvars(value) if match.group(1) else value
    return None


def read(path: Path) -> bytes:
    """The file's content; a missing file is an empty one."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def write(path: Path, content: bytes) -> None:
    """Put the content in place in one move, keeping the file's mode and following a link."""
    target = Path(os.path.realpath(str(path)))
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=".kritarc-", dir=str(target.parent))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # 0600 is what Krita itself gives a new kritarc.
        os.chmod(beside, target.stat().st_mode & 0o7777 if target.exists() else 0o600)
        os.replace(beside, str(target))
    except BaseException:
        os.unlink(beside)
        raise


def _lines(content: bytes) -> list[bytes]:
    """The lines with their ends; only a newline ends one, as KDE reads them."""
    return re.findall(rb"[^\n]*\n|[^\n]+$", content)


def _entries(lines: list[bytes]) -> list[int]:
    """Where the plugin's line is in the [python] group, wherever that group continues."""
    found = []
    inside = False
    for i, line in enumerate(lines):
        if _HEADER.match(line):
            inside = _PYTHON_HEADER.match(line) is not None
        elif inside and _ENTRY.match(line):
            found.append(i)
    return found


def _emptied_group(lines: list[bytes], going: set[int]) -> set[int]:
    """The header above a removed line, and the empty line above it, if no entry is left there."""
    header = max(i for i in range(min(going)) if _PYTHON_HEADER.match(lines[i]))
    following = next(
        (i for i in range(header + 1, len(lines)) if _HEADER.match(lines[i])), len(lines)
    )
    if any(lines[i].strip() for i in range(header + 1, following) if i not in going):
        return set()
    blank_before = header > 0 and not lines[header - 1].strip(b"\r\n")
    return {header, header - 1} if blank_before else {header}


def _line_end(lines: list[bytes]) -> bytes:
    """The line end that the file uses: its first one decides."""
    return b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"


def _insert(lines: list[bytes], at: int, new: list[bytes], line_end: bytes) -> str:
    """Insert lines; a file without a final newline stays without one.

    Returns the newline that the line before them had to be given, or "".
    """
    ended = [line + line_end for line in new]
    after_open_line = at == len(lines) and bool(lines) and not lines[-1].endswith(b"\n")
    if after_open_line:
        lines[-1] += line_end
        ended[-1] = new[-1]
    lines[at:at] = ended
    return line_end.decode() if after_open_line else ""
