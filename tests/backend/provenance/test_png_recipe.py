"""A recipe in a PNG file is found again; hostile files are refused before anything is unpacked."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from backend.pictures.files import read_picture, write_picture
from backend.provenance.png_recipe import NoRecipe, read_recipe
from protocol.recipes import TEXT_MOST, recipe_text
from tests.hostile_bytes import changed

RECIPE = {"t0": 0.45, "seed": 2**64 - 1, "prompt": "Hügel, 丘", "watermark": True}
PICTURE = Image.new("RGB", (9, 7), (1, 2, 3))


def whole_file() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("sdedit", recipe_text(RECIPE))
    file = io.BytesIO()
    PICTURE.save(file, "PNG", pnginfo=text)
    return file.getvalue()


def with_chunk(kind: bytes, body: bytes, checksum: bytes | None = None) -> bytes:
    """A picture with this chunk right after its first."""
    whole = io.BytesIO()
    PICTURE.save(whole, "PNG")
    end = 8 + 25  # the signature and IHDR
    checksum = checksum or struct.pack(">I", zlib.crc32(kind + body))
    chunk = struct.pack(">I", len(body)) + kind + body + checksum
    return whole.getvalue()[:end] + chunk + whole.getvalue()[end:]


def test_what_write_picture_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    write_picture(path, PICTURE, recipe_text(RECIPE))
    assert read_recipe(path) == RECIPE
    assert read_picture(path).tobytes() == PICTURE.tobytes()


def test_only_png_files_take_a_recipe(tmp_path: Path) -> None:
    path = tmp_path / "out.jpg"
    write_picture(path, PICTURE, recipe_text(RECIPE))
    with pytest.raises(NoRecipe, match="is no PNG file"):
        read_recipe(path)


def test_a_file_without_one_says_so(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    write_picture(path, PICTURE)
    with pytest.raises(NoRecipe, match="carries no recipe") as caught:
        read_recipe(path)
    assert caught.value.code == "no-recipe"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"iTXt", b"sdedit\0\1\0\0\0" + zlib.compress(b" " * 50_000_000)),  # a bomb
        (b"zTXt", b"sdedit\0\0" + zlib.compress(b" " * 50_000_000)),
        (b"iTXt", b"sdedit\0\0\0\0\0" + b" " * (TEXT_MOST + 1)),
        (b"iTXt", b"sdedit\0\0\0\0\0" + b"[" * TEXT_MOST),
        (b"iTXt", b'sdedit\0\0\0\0\0{"t0": {"__class__": "os.system"}}'),
        (b"iTXt", b"sdedit\0\0\0\0\0\xff\xfe"),
        (b"tEXt", b"sdedit\0" + b'{"t0": 0.5}'),
    ],
)
def test_a_hostile_chunk_is_refused(kind: bytes, body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hostile.png"
    path.write_bytes(with_chunk(kind, body))
    with pytest.raises(NoRecipe):
        read_recipe(path)


def test_a_damaged_chunk_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.png"
    path.write_bytes(with_chunk(b"iTXt", b'sdedit\0\0\0\0\0{"t0":0.5}', b"\0\0\0\0"))
    with pytest.raises(NoRecipe, match="damaged"):
        read_recipe(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(data=st.data())
def test_any_changed_file_gives_a_recipe_or_one_error(data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "hostile.png"
    path.write_bytes(data.draw(changed(whole_file())))
    with contextlib.suppress(NoRecipe):
        assert isinstance(read_recipe(path), dict)
