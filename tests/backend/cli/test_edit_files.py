"""`sdedit edit` of 16-bit files and of strokes on a layer of their own, with the real model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.pictures.deep import DeepPicture
from backend.pictures.files import read_picture, write_picture
from backend.provenance.png_recipe import read_recipe
from tests.backend.cli.conftest import Command
from tests.backend.cli.test_edit_command import FEW, pixels_of, strokes
from tests.backend.pictures.icc_made import made_grey, made_rgb


def deep_strokes(mode: str) -> DeepPicture:
    """`strokes` with a finer ramp over them than 8 bits could hold, in a profile of its own."""
    values = np.asarray(strokes(mode)).astype(np.uint16).reshape(48, 72, -1) * 257
    colours = 1 if mode in ("L", "LA") else 3
    values[..., :colours] -= (np.arange(72, dtype=np.uint16) * 3)[:, None]
    profile = made_grey(1.8) if colours == 1 else made_rgb(gamma=1.8)
    return DeepPicture(values, {"icc_profile": profile})


@pytest.mark.parametrize(
    ("mode", "suffix"), [("RGB", ".tif"), ("RGBA", ".png"), ("L", ".tif"), ("LA", ".png")]
)
def test_a_deep_picture_keeps_its_depth_its_profile_and_what_is_not_selected(
    sdedit_here: Command, tmp_path: Path, mode: str, suffix: str
) -> None:
    guide = deep_strokes(mode)
    write_picture(tmp_path / f"guide{suffix}", guide)
    mask = np.zeros((48, 72), np.uint8)
    mask[10:30, 20:60] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    arguments = (f"guide{suffix}", "--mask", "mask.png", "--out", f"out{suffix}")
    done = sdedit_here("edit", *arguments, *FEW)
    assert done.returncode == 0, done.stderr
    out = read_picture(tmp_path / f"out{suffix}")
    assert isinstance(out, DeepPicture)
    assert out.mode == mode
    assert out.info["icc_profile"] == guide.info["icc_profile"]
    assert np.array_equal(out.pixels[mask == 0], guide.pixels[mask == 0])
    changed = out.pixels[mask == 255].astype(int)
    assert (changed != guide.pixels[mask == 255]).any(axis=1).mean() > 0.9
    assert len(np.unique(changed)) > 256


def test_next_to_no_t0_gives_a_deep_picture_back_within_one_step(
    sdedit_here: Command, tmp_path: Path
) -> None:
    guide = deep_strokes("RGB")
    write_picture(tmp_path / "guide.png", guide)
    done = sdedit_here("edit", "guide.png", "--out", "out.tif", "--t0", "1e-6", *FEW)
    assert done.returncode == 0, done.stderr
    out = read_picture(tmp_path / "out.tif")
    assert isinstance(out, DeepPicture)
    assert np.abs(out.pixels.astype(int) - guide.pixels).max() <= 1


def test_a_deep_result_is_compared_verified_and_looked_into(
    sdedit_here: Command, tmp_path: Path
) -> None:
    write_picture(tmp_path / "guide.png", deep_strokes("RGB"))
    arguments = ("guide.png", "--out", "out.png", "--compare", "both.png")
    assert sdedit_here("edit", *arguments, *FEW).returncode == 0
    with Image.open(tmp_path / "both.png") as both:
        assert both.mode == "RGB"
    assert read_recipe(tmp_path / "out.png")["guide_format"] == "RGBA U16"
    verified = sdedit_here("verify", "out.png", "guide.png")
    assert verified.stdout == "The same picture to the bit.\n"
    assert sdedit_here("detect", "out.png").returncode in (0, 1)


def painted_layer(folder: Path) -> np.ndarray:
    """Strokes on a layer of their own, in layer.png; where they are."""
    layer = np.zeros((160, 200, 4), np.uint8)
    layer[60:80, 90:120] = (200, 40, 40, 255)
    Image.fromarray(layer).save(folder / "layer.png")
    painted: np.ndarray = layer[..., 3] > 0
    return painted


def test_only_strokes_and_what_is_near_them_change(sdedit_here: Command, tmp_path: Path) -> None:
    strokes(width=200, height=160).save(tmp_path / "photo.png")
    painted = painted_layer(tmp_path)
    arguments = ("photo.png", "--footprint", "layer.png", "--out", "out.png")
    done = sdedit_here("edit", *arguments, *FEW)
    assert done.returncode == 0, done.stderr
    photo, out = pixels_of(tmp_path / "photo.png"), pixels_of(tmp_path / "out.png")
    changed = (photo != out).any(axis=-1)
    assert changed[painted].all()
    rows, columns = changed.nonzero()
    assert (rows.min(), rows.max()) >= (60 - 13, 79 - 13)
    assert rows.max() <= 79 + 13
    assert 90 - 13 <= columns.min() < 90
    assert 119 < columns.max() <= 119 + 13
    assert read_recipe(tmp_path / "out.png")["edge_px"] == 12

    verified = sdedit_here("verify", "out.png", "photo.png", "--footprint", "layer.png")
    assert verified.stdout == "The same picture to the bit.\n", verified.stderr
    without = sdedit_here("verify", "out.png", "photo.png")
    assert without.returncode == 2


def test_a_footprint_of_the_whole_guide_is_told_and_a_mask_still_holds(
    sdedit_here: Command, tmp_path: Path
) -> None:
    strokes(width=72, height=48).save(tmp_path / "photo.png")
    mask = np.zeros((48, 72), np.uint8)
    mask[10:30, 20:60] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    arguments = ("photo.png", "--footprint", "photo.png", "--mask", "mask.png", "--out", "out.png")
    done = sdedit_here("edit", *arguments, *FEW)
    assert done.returncode == 0, done.stderr
    assert "photo.png covers the whole guide, so nearly all of it may change." in done.stderr
    changed = (pixels_of(tmp_path / "photo.png") != pixels_of(tmp_path / "out.png")).any(axis=-1)
    assert changed.any()
    assert not changed[mask == 0].any()


def test_an_object_stays_and_its_edge_is_blended_in(sdedit_here: Command, tmp_path: Path) -> None:
    strokes(width=200, height=160).save(tmp_path / "photo.png")
    layer = np.zeros((160, 200, 4), np.uint8)
    layer[40:120, 50:150] = (200, 40, 40, 255)
    Image.fromarray(layer).save(tmp_path / "object.png")
    arguments = ("photo.png", "--footprint", "object.png", "--footprint-of", "object")
    done = sdedit_here("edit", *arguments, "--edge", "12", "--out", "out.png", *FEW)
    assert done.returncode == 0, done.stderr
    off = np.abs(pixels_of(tmp_path / "out.png")[..., :3].astype(int) - (200, 40, 40)).mean(axis=-1)
    assert off[70:90, 85:115].mean() < off[40:50, 60:140].mean()
    recipe = read_recipe(tmp_path / "out.png")
    assert (recipe["footprint_of"], recipe["edge_px"]) == ("object", 12)
