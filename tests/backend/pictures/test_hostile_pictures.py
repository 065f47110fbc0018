"""A picture file from anyone: read or refused in a sentence, whatever it claims to unfold to."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.paths import ROOT
from backend.pictures.file_kinds import FILE_KINDS
from backend.pictures.files import PictureFileError, read_picture
from tests.backend.pictures.pictures_made import made
from tests.hostile_bytes import changed

FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *others: bytes, pixels: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *others, chunk(b"IDAT", zlib.compress(pixels))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def zeros_deflated(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


BOMB = zeros_deflated(256)
BOMBS = {
    "a side no picture has": png(2**31 - 1, 1),
    "more pixels than can be edited": png(32_000, 32_000),
    "a profile of 256 MB": png(2, 2, chunk(b"iCCP", b"p\0\0" + BOMB), pixels=bytes(14)),
    "a text of 256 MB": png(2, 2, chunk(b"zTXt", b"t\0\0" + BOMB), pixels=bytes(14)),
    "another text of 256 MB": png(2, 2, chunk(b"iTXt", b"t\0\1\0\0\0" + BOMB), pixels=bytes(14)),
    "pixels of 256 MB for four": png(2, 2).replace(chunk(b"IEND", b""), b"")
    + chunk(b"IDAT", BOMB)
    + chunk(b"IEND", b""),
    "a TIFF of 60 000 × 60 000": b"II*\0\x08\0\0\0\x02\0"
    + struct.pack("<HHII", 256, 4, 1, 60_000)
    + struct.pack("<HHII", 257, 4, 1, 60_000)
    + bytes(4),
    "a BMP of 60 000 × 60 000": b"BM"
    + struct.pack("<IHHIIiiHH", 54, 0, 0, 54, 40, 60_000, 60_000, 1, 24)
    + bytes(24),
    "a GIF of 65 535 × 65 535": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08\0;",
}

READ = """
import resource, sys
from pathlib import Path
from backend.pictures.files import PictureFileError, read_picture
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_picture(Path(sys.argv[1]))
except PictureFileError as error:
    assert error.hint
    print("refused")
else:
    print("read")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(os.name != "posix", reason="measures memory as POSIX does")
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_small_file_that_unfolds_to_much_does_not_fill_the_memory(
    tmp_path: Path, bomb: bytes
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb)
    assert len(bomb) < 1_000_000
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    outcome, grown_kb = done.stdout.split()
    assert outcome == "refused"
    assert int(grown_kb) < 100_000


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp", ".gif"])
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow warns of damaged tags
@given(data=st.data())
@FEW
def test_a_changed_picture_is_read_or_refused(
    tmp_path: Path, suffix: str, data: st.DataObject
) -> None:
    whole = io.BytesIO()
    made("P" if suffix == ".gif" else "RGB").save(whole, format=FILE_KINDS[suffix].format)
    path = tmp_path / f"picture{suffix}"
    path.write_bytes(data.draw(changed(whole.getvalue(), head=200)))
    with contextlib.suppress(PictureFileError):
        read_picture(path).convert("RGBA")


SCRIPT = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 2 2
(canary) (w) file closefile
"""


@pytest.mark.parametrize("name", ["picture.eps", "picture.png", "picture.jpg"])
def test_a_picture_that_is_a_program_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(SCRIPT)
    with pytest.raises(PictureFileError, match="not a picture that can be read"):
        read_picture(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
