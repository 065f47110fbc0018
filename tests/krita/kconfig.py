"""Setting one key in a KDE configuration file and leaving every other line as it was."""

from __future__ import annotations

from pathlib import Path


def set_config_value(path: Path, group: str, key: str, value: str) -> None:
    """Set ``key=value`` in ``[group]`` of a KDE config file; the file may not exist yet."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    header = f"[{group}]"
    if header not in lines:
        lines += ["", header] if lines else [header]
    start = lines.index(header) + 1
    end = next((i for i in range(start, len(lines)) if lines[i].startswith("[")), len(lines))
    entry = f"{key}={value}"
    for i in range(start, end):
        if lines[i].partition("=")[0] == key:
            lines[i] = entry
            break
    else:
        lines.insert(start, entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
