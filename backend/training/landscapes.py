"""The photographs the shipped landscape model is trained on, and which of them it never sees.

Debian's package ``endless-sky-data`` holds 273 photographs of 720×360 under open licences;
220 of them show natural landscapes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

PACKAGE = "endless-sky-data"
PICTURES = Path("usr/share/games/endless-sky/images/land")
NOT_A_LANDSCAPE = re.compile(r"^(nasa|station|space|loc|industrial|earthrise|city|mfield)")

HELD_OUT = (
    "badlands3.jpg",
    "beach6.jpg",
    "canyon4.jpg",
    "desert3.jpg",
    "fog2.jpg",
    "forest2.jpg",
    "hills3.jpg",
    "mountain7.jpg",
    "sea5.jpg",
    "snow4.jpg",
    "valley6.jpg",
    "water3.jpg",
)
"""Never trained on. Every figure about the shipped model is computed on these alone."""


def fetch_landscapes(folder: Path) -> Path:
    """Download the corpus with apt, unpack it without installing, and return its folder.

    Only the 220 landscapes are kept. Needs ``apt-get`` and ``dpkg`` (Debian, Ubuntu).
    Raises RuntimeError with what to do when they are missing or the download fails.
    """
    pictures = folder / "landscapes"
    if pictures.is_dir():
        return pictures
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise RuntimeError(
            "The landscape photographs come from a Debian package, and this system has no "
            "apt-get and dpkg. Train on a folder of your own pictures instead."
        )
    folder.mkdir(parents=True, exist_ok=True)
    download = subprocess.run(["apt-get", "download", PACKAGE], cwd=folder, check=False)
    packages = sorted(folder.glob(f"{PACKAGE}_*.deb"))
    if download.returncode or not packages:
        raise RuntimeError(
            f"apt-get could not download {PACKAGE}. Run 'apt-get update' and try again."
        )
    unpacked = folder / "unpacked"
    subprocess.run(["dpkg", "-x", str(packages[-1]), str(unpacked)], check=True)
    for path in (unpacked / PICTURES).iterdir():
        if NOT_A_LANDSCAPE.match(path.name):
            path.unlink()
    (unpacked / PICTURES).rename(pictures)
    return pictures
