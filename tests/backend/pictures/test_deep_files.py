"""Pictures of 16 bits a channel: every file gives back what it was given, or is refused."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from backend.pictures.deep import DeepPicture
from backend.pictures.errors import PictureFileError
from backend.pictures.files import check_target, read_grey, read_picture, write_picture
from backend.provenance.png_recipe import read_recipe
from tests.backend.pictures.icc_made import made_grey, made_rgb
from tests.backend.pictures.pictures_made import CHANNELS
from tests.hostile_bytes import changed

ARTIST, ORIENTATION = 0x013B, 0x0112
CASES = [
    *((mode, ".png") for mode in CHANNELS),
    *((mode, ".tif") for mode in ("L", "RGB", "RGBA")),
]


def made_deep(mode: str, width: int = 300, height: int = 301) -> DeepPicture:
    """Noise that needs all 16 bits, with a profile, an artist and a resolution."""
    noise = np.random.default_rng(5).integers(0, 65536, (height, width, CHANNELS[mode]), np.uint16)
    exif = Image.Exif()
    exif[ARTIST] = "Somebody"
    profile = made_grey(1.8) if mode in ("L", "LA") else made_rgb(gamma=1.8)
    return DeepPicture(noise, {"icc_profile": profile, "exif": exif.tobytes(), "dpi": (144, 144)})


@pytest.mark.parametrize(("mode", "suffix"), CASES)
def test_pixels_and_profile_come_back_to_the_bit(tmp_path: Path, mode: str, suffix: str) -> None:
    picture, path = made_deep(mode), tmp_path / f"deep{suffix}"
    check_target(path, picture)
    write_picture(path, picture, '{"t0":0.5}')
    again = read_picture(path)
    assert isinstance(again, DeepPicture)
    assert again.mode == mode
    assert np.array_equal(again.pixels, picture.pixels)
    assert again.info["icc_profile"] == picture.info["icc_profile"]
    assert again.info["exif"] == picture.info["exif"]
    assert again.info["dpi"] == pytest.approx((144, 144), abs=0.1)
    if suffix == ".png":
        assert read_recipe(path) == {"t0": 0.5}


@pytest.mark.parametrize(("mode", "suffix"), CASES)
def test_pillow_reads_what_is_written(tmp_path: Path, mode: str, suffix: str) -> None:
    picture, path = made_deep(mode), tmp_path / f"deep{suffix}"
    write_picture(path, picture)
    with Image.open(path) as file:
        seen = np.asarray(file.convert(mode) if mode == "LA" else file)
    seen = seen.reshape(picture.pixels.shape).astype(int)
    expected = picture.pixels if mode == "L" else picture.pixels >> 8
    assert np.abs(seen - expected).max() <= (0 if mode == "L" else 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_picture_that_exif_turns_is_read_as_pillow_turns_it(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    values = np.arange(24 * 16, dtype=np.uint16).reshape(16, 24) * 100
    Image.fromarray(values).save(tmp_path / f"in{suffix}", exif=exif)
    picture = read_picture(tmp_path / f"in{suffix}")
    assert isinstance(picture, DeepPicture)
    bytes_of_it = Image.fromarray((values // 257).astype(np.uint8))
    bytes_of_it.save(tmp_path / "plain.png", exif=exif)
    plain = read_picture(tmp_path / "plain.png")
    assert np.abs(np.asarray(picture.in_8_bits()).astype(int) - np.asarray(plain)).max() <= 1
    write_picture(tmp_path / f"out{suffix}", picture)
    again = read_picture(tmp_path / f"out{suffix}")
    assert isinstance(again, DeepPicture)
    assert np.array_equal(again.pixels, picture.pixels)


def test_a_deep_picture_can_be_a_mask(tmp_path: Path) -> None:
    values = np.linspace(0, 255, 20 * 10).astype(np.uint8).reshape(10, 20)
    colours = np.repeat(values[..., None].astype(np.uint16) * 257, 3, axis=2)
    write_picture(tmp_path / "mask.tif", DeepPicture(colours))
    assert np.array_equal(read_grey(tmp_path / "mask.tif", (20, 10), "mask"), values)


@pytest.mark.parametrize(
    ("mode", "name", "words"),
    [("RGB", "o.jpg", "Use .png or .tif."), ("LA", "o.tif", "Use .png."), ("L", "o.webp", "Use")],
)
def test_files_that_would_cut_the_depth_are_refused(
    tmp_path: Path, mode: str, name: str, words: str
) -> None:
    with pytest.raises(PictureFileError, match=f"cannot hold 16 bits a channel.*{words}"):
        check_target(tmp_path / name, made_deep(mode, 2, 2))


def test_colours_multiplied_by_their_opacity_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "associated.tif"
    write_picture(path, made_deep("RGBA", 4, 4))
    extra_samples_unassociated = b"\x52\x01\x03\x00\x01\x00\x00\x00\x02"
    whole = path.read_bytes()
    assert extra_samples_unassociated in whole
    changed_tag = extra_samples_unassociated[:-1] + b"\x01"
    path.write_bytes(whole.replace(extra_samples_unassociated, changed_tag))
    with pytest.raises(PictureFileError, match="multiplied by their opacity"):
        read_picture(path)


def test_a_tiff_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.tif"
    write_picture(path, made_deep("RGB", 40, 30))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PictureFileError, match="damaged or incomplete"):
        read_picture(path)


def test_planes_one_after_the_other_are_read(tmp_path: Path) -> None:
    values = made_deep("RGB", 12, 9).pixels
    data = imagecodecs.tiff_encode(
        np.moveaxis(values, 2, 0), planarconfig="separate", photometric="rgb"
    )
    (tmp_path / "planes.tif").write_bytes(data)
    picture = read_picture(tmp_path / "planes.tif")
    assert isinstance(picture, DeepPicture)
    assert np.array_equal(picture.pixels, values)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow warns of damaged tags
@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_deep_picture_is_read_or_refused(
    tmp_path: Path, suffix: str, data: st.DataObject
) -> None:
    whole = tmp_path / f"whole{suffix}"
    write_picture(whole, made_deep("RGB", 24, 16))
    path = tmp_path / f"changed{suffix}"
    path.write_bytes(data.draw(changed(whole.read_bytes(), head=200)))
    with contextlib.suppress(PictureFileError):
        read_picture(path)


def test_a_compressed_tiff_of_8_bits_is_not_taken_for_a_deep_one(tmp_path: Path) -> None:
    """Its strips begin at 16…, which is not its depth."""
    for width in range(1, 400, 7):
        file = io.BytesIO()
        Image.new("RGB", (width, 3)).save(file, "TIFF")
        path = tmp_path / f"{width}.tif"
        path.write_bytes(file.getvalue())
        assert not isinstance(read_picture(path), DeepPicture)
