from __future__ import annotations

import contextlib
import io
import os
import random
import resource
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.file_access import FileError
from backend.pictures.file_kinds import FILE_KINDS
from backend.pictures.files import (
    PictureFileError,
    check_target,
    read_grey,
    read_picture,
    write_picture,
)
from tests.backend.pictures.pictures_made import PROFILE, made, saved

ORIENTATION, ARTIST = 0x0112, 0x013B
TURNED_RIGHT = 6


MODES = ["L", "LA", "RGB", "RGBA", "P"]
CANNOT_HOLD = {".bmp": {"LA", "RGBA", "P"}, ".gif": {"LA", "RGB", "RGBA"}}
"""Of the pictures that `made` makes; its palette pictures have a clear colour."""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".bmp", ".gif"])
def test_every_lossless_file_gives_back_the_colours_it_was_given(
    tmp_path: Path, mode: str, suffix: str
) -> None:
    picture = made(mode)
    path = tmp_path / f"picture{suffix}"
    if mode in CANNOT_HOLD.get(suffix, ()):
        with pytest.raises(PictureFileError, match="cannot hold"):
            check_target(path, picture)
        return
    check_target(path, picture)
    write_picture(path, picture)
    again = read_picture(path)
    assert np.array_equal(np.array(again.convert("RGBA")), np.array(picture.convert("RGBA")))


@pytest.mark.parametrize("mode", MODES)
def test_a_png_keeps_the_mode_too(tmp_path: Path, mode: str) -> None:
    write_picture(tmp_path / "picture.png", made(mode))
    assert read_picture(tmp_path / "picture.png").mode == mode


def test_a_jpeg_is_close_and_refuses_transparency(tmp_path: Path) -> None:
    smooth = Image.linear_gradient("L").convert("RGB")
    path = tmp_path / "picture.JPG"
    write_picture(path, smooth)
    difference = np.array(read_picture(path), np.int16) - np.array(smooth, np.int16)
    assert np.abs(difference).max() <= 3
    with pytest.raises(PictureFileError, match="cannot hold transparency"):
        check_target(path, made("RGBA"))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_profile_exif_and_resolution_stay(tmp_path: Path, suffix: str) -> None:
    picture = made("RGB")
    exif = Image.Exif()
    exif[ARTIST] = "Somebody"
    path = saved(picture, tmp_path / f"in{suffix}", icc_profile=PROFILE, exif=exif, dpi=(144, 144))
    write_picture(tmp_path / f"out{suffix}", read_picture(path))
    again = Image.open(tmp_path / f"out{suffix}")
    with again:
        assert again.info["icc_profile"] == PROFILE
        assert again.getexif()[ARTIST] == "Somebody"
        if suffix != ".webp":  # which has no place for a resolution
            assert again.info["dpi"] == pytest.approx((144, 144), abs=0.1)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_a_picture_that_exif_turns_is_read_upright_and_written_so(
    tmp_path: Path, suffix: str
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT
    path = saved(
        made("RGB", 24, 16),
        tmp_path / f"in{suffix}",
        exif=exif,
        **({"lossless": True} if suffix == ".webp" else {}),
    )
    picture = read_picture(path)
    assert picture.size == (16, 24)
    write_picture(tmp_path / f"out{suffix}", picture)
    again = read_picture(tmp_path / f"out{suffix}")
    assert again.size == (16, 24)
    assert np.array_equal(np.array(again), np.array(picture))


@pytest.mark.parametrize(
    ("name", "picture", "options", "words"),
    [
        ("cmyk.jpg", Image.new("CMYK", (4, 4)), {}, "is a CMYK picture"),
        ("lab.tif", Image.new("LAB", (4, 4)), {}, "is a LAB picture"),
        ("float.tif", Image.new("F", (4, 4)), {}, "neither 8 nor 16 bits a channel"),
        ("bilevel.png", Image.new("1", (4, 4)), {}, "only black and white"),
        ("keyed.png", made("RGB"), {"transparency": (1, 2, 3)}, "one colour that counts as"),
        ("half.png", made("P"), {"transparency": bytes([255, 128])}, "half-transparent colours"),
    ],
)
def test_kinds_of_picture_that_would_lose_something_are_refused_in_words(
    tmp_path: Path, name: str, picture: Image.Image, options: dict[str, object], words: str
) -> None:
    with pytest.raises(PictureFileError, match=words):
        read_picture(saved(picture, tmp_path / name, **options))


def test_several_frames_are_refused(tmp_path: Path) -> None:
    frames = [made("L", seed=seed) for seed in (1, 2)]
    path = saved(frames[0], tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(PictureFileError, match="several frames or pages"):
        read_picture(path)


def test_files_that_are_no_pictures_are_refused_in_words(tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("not a picture")
    postscript = tmp_path / "picture.eps"
    made("RGB").save(postscript)
    for path, words in [
        (tmp_path / "missing.png", "There is no file"),
        (tmp_path, "is a folder"),
        (text, "not a picture that can be read"),
        (postscript, "not a picture that can be read"),
    ]:
        with pytest.raises(FileError, match=words) as caught:
            read_picture(path)
        assert caught.value.hint


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp", ".gif"])
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow warns of damaged tags
def test_damaged_files_are_read_or_refused_but_never_crash(tmp_path: Path, suffix: str) -> None:
    whole = io.BytesIO()
    made("P" if suffix == ".gif" else "RGB").save(whole, format=FILE_KINDS[suffix].format)
    randomly = random.Random(suffix)
    path = tmp_path / f"damaged{suffix}"
    for _ in range(200):
        damaged = bytearray(whole.getvalue())
        for _ in range(randomly.randint(1, 8)):
            damaged[randomly.randrange(len(damaged))] = randomly.randrange(256)
        path.write_bytes(damaged[: randomly.randint(1, 2 * len(damaged))])
        with contextlib.suppress(PictureFileError):
            read_picture(path).convert("RGBA")


def test_a_mask_is_read_from_any_kind_of_picture(tmp_path: Path) -> None:
    values = np.array(made("L"))
    size = (values.shape[1], values.shape[0])
    grey = Image.fromarray(values)
    clear_where_black = Image.new("LA", size, (255, 0))
    clear_where_black.putalpha(grey)
    deep = Image.fromarray(values.astype(np.uint16) * 257)
    for name, picture in [
        ("grey.png", grey),
        ("rgb.png", grey.convert("RGB")),
        ("alpha.png", clear_where_black),
        ("deep.png", deep),
    ]:
        assert np.array_equal(read_grey(saved(picture, tmp_path / name), size, "mask"), values), (
            name
        )
    bilevel = saved(Image.new("1", size, 1), tmp_path / "bilevel.png")
    assert (read_grey(bilevel, size, "mask") == 255).all()


def test_a_mask_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    path = saved(made("L", 5, 4), tmp_path / "mask.png")
    with pytest.raises(PictureFileError, match="measures 5×4 pixels, the guide 24×16"):
        read_grey(path, (24, 16), "mask")


def test_targets_that_cannot_be_written_are_found_before_any_work(tmp_path: Path) -> None:
    for path, words in [
        (tmp_path / "out.xyz", "'.xyz' is not a kind of picture file"),
        (tmp_path / "out", "has no suffix"),
        (tmp_path / "missing" / "out.png", "does not exist"),
    ]:
        with pytest.raises(FileError, match=words):
            check_target(path, made("RGB"))
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(FileError, match="is a folder"):
        check_target(tmp_path / "folder.png", made("RGB"))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.webp"
    path.write_bytes(b"precious")
    too_wide = Image.new("RGB", (20_000, 1))  # WebP holds at most 16383 pixels a side
    with pytest.raises(PictureFileError, match="cannot be written"):
        write_picture(path, too_wide)
    assert path.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["out.webp"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # bytes a file may have
    try:
        with pytest.raises(PictureFileError, match=r"cannot be written \(File too large\)"):
            write_picture(path, made("RGB", 100, 100))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["out.png"]


def test_a_link_is_followed_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    write_picture(tmp_path / "link.png", made("RGB"))
    assert (tmp_path / "link.png").is_symlink()
    assert read_picture(tmp_path / "real.png").mode == "RGB"
