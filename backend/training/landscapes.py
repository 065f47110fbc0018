"""The photographs the shipped landscape model is trained on, and which of them it never sees.

Debian's package ``endless-sky-data`` holds 273 photographs of 720×360 under open licences;
220 of them show natural landscapes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from backend.training.errors import TrainingError

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
    Raises TrainingError with what to do when they are missing or the download fails.
    """
    pictures = folder / "landscapes"
    if pictures.is_dir():
        return pictures
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise TrainingError(
            "The landscape photographs come from a Debian package, and this system has no "
            "apt-get and dpkg.",
            "Train on a folder of your own pictures instead.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        work = Path(made)
        work.chmod(0o755)  # apt-get downloads as a user of its own
        subprocess.run(["apt-get", "download", PACKAGE], cwd=work, check=False)
        packages = sorted(work.glob(f"{PACKAGE}_*.deb"))
        if not packages:
            raise TrainingError(
                f"apt-get could not download {PACKAGE}.", "Run 'apt-get update' and try again."
            )
        unpacked = work / "unpacked"
        subprocess.run(["dpkg", "-x", str(packages[-1]), str(unpacked)], check=False)
        found = unpacked / PICTURES
        if not found.is_dir():
            raise TrainingError(
                f"The package {PACKAGE} could not be unpacked.", "Make room on the disk."
            )
        for path in found.iterdir():
            if NOT_A_LANDSCAPE.match(path.name):
                path.unlink()
        found.rename(pictures)
    return pictures
