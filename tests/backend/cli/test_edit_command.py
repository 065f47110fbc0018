"""`sdedit edit` from file to file, with the real backend, model and sampler."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.pictures.side_by_side import GAP_PX
from tests.backend.cli.conftest import Command
from tests.backend.cli.sdedit_command import sdedit, start_sdedit
from tests.backend.front.running_front import eventually
from tests.backend.pictures.pictures_made import PROFILE

FEW = ("--steps", "2")


def strokes(mode: str = "RGB", width: int = 72, height: int = 48) -> Image.Image:
    """A sky over a ground over a lake, in flat colours."""
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[:] = (150, 190, 230, 255)
    pixels[height // 3 :] = (70, 100, 60, 255)
    pixels[2 * height // 3 :] = (60, 90, 140, 255)
    pixels[:5, :5, 3] = 0
    picture = Image.fromarray(pixels)
    return picture.convert("RGB").quantize(8) if mode == "P" else picture.convert(mode)


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture.convert("RGBA"))


def test_a_painting_becomes_a_picture_beside_which_the_guide_can_be_seen(tmp_path: Path) -> None:
    strokes().save(tmp_path / "guide.png", icc_profile=PROFILE)
    done = sdedit(tmp_path, "edit", "guide.png", "--out", "out.png", "--compare", "both.png", *FEW)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Wrote out.png (")
    assert "Step " in done.stderr
    with Image.open(tmp_path / "out.png") as out, Image.open(tmp_path / "both.png") as both:
        assert (out.size, out.mode, out.format) == ((72, 48), "RGB", "PNG")
        assert out.info["icc_profile"] == PROFILE
        assert both.size == (2 * 72 + GAP_PX, 48)
        sides = np.array(both)
    guide, result = pixels_of(tmp_path / "guide.png"), pixels_of(tmp_path / "out.png")
    assert not np.array_equal(guide, result)
    assert np.array_equal(sides[:, :72], guide[..., :3])
    assert np.array_equal(sides[:, -72:], result[..., :3])


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_only_the_masks_white_changes_and_the_mode_stays(
    sdedit_here: Command, tmp_path: Path, mode: str
) -> None:
    strokes(mode).save(tmp_path / "guide.png")
    mask = np.zeros((48, 72), np.uint8)
    mask[10:30, 20:60] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    arguments = ("guide.png", "--mask", "mask.png", "--out", "out.png")
    done = sdedit_here("edit", *arguments, *FEW)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "out.png") as out:
        assert (out.size, out.mode) == ((72, 48), mode)
    guide, result = pixels_of(tmp_path / "guide.png"), pixels_of(tmp_path / "out.png")
    assert np.array_equal(result[mask == 0], guide[mask == 0])
    assert np.array_equal(result[..., 3], guide[..., 3])
    assert (result[mask == 255] != guide[mask == 255]).any()


def test_the_same_seed_repeats_the_picture(tmp_path: Path) -> None:
    strokes().save(tmp_path / "guide.png")
    for name in ("first.png", "second.png"):
        done = sdedit(tmp_path, "edit", "guide.png", "--out", name, "--seed", "7", *FEW)
        assert done.returncode == 0
    assert np.array_equal(pixels_of(tmp_path / "first.png"), pixels_of(tmp_path / "second.png"))


def test_a_sampler_that_does_not_exist_is_wrong_input(tmp_path: Path) -> None:
    strokes().save(tmp_path / "guide.png")
    done = sdedit(tmp_path, "edit", "guide.png", "--out", "out.png", "--sampler", "magic")
    assert done.returncode == 2
    assert "magic" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_a_device_that_is_not_there_is_a_failure_in_words(tmp_path: Path) -> None:
    strokes().save(tmp_path / "guide.png")
    done = sdedit(tmp_path, "edit", "guide.png", "--out", "out.png", "--device", "cuda:99")
    assert done.returncode == 2
    assert "This machine has no device 'cuda:99'." in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_ctrl_c_ends_it_quickly_with_code_130_and_leaves_nothing(tmp_path: Path) -> None:
    strokes(width=256, height=256).save(tmp_path / "guide.png")
    arguments = ("edit", "guide.png", "--out", "out.png", "--steps", "1000")
    with start_sdedit(tmp_path, *arguments) as process:
        assert process.stderr is not None
        while "Step" not in process.stderr.readline():
            assert process.poll() is None
        children = child_processes(process.pid)
        assert children
        os.kill(process.pid, signal.SIGINT)
        assert eventually(lambda: process.poll() is not None) < 5
        assert process.returncode == 130
        said = process.stderr.read()
    assert said.splitlines()[-1] == "Stopped."
    assert "Traceback" not in said
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    assert not (tmp_path / "out.png").exists()


def test_a_backend_killed_twice_in_the_middle_is_told_in_words(tmp_path: Path) -> None:
    strokes(width=256, height=256).save(tmp_path / "guide.png")
    arguments = ("edit", "guide.png", "--out", "out.png", "--steps", "1000")
    with start_sdedit(tmp_path, *arguments) as process:
        assert process.stderr is not None
        while "Step" not in process.stderr.readline():
            assert process.poll() is None
        first, *_ = child_processes(process.pid)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: child_processes(process.pid)[:1] not in ([], [first]))
        os.kill(child_processes(process.pid)[0], signal.SIGKILL)
        assert eventually(lambda: process.poll() is not None) < 5
        assert process.returncode == 1
        said = process.stderr.read().splitlines()
    assert said[-1].startswith("The backend ended unexpectedly. What it said is in ")
    assert (tmp_path / "home" / "logs" / f"command-{process.pid}.log").exists()
    assert not (tmp_path / "out.png").exists()


def child_processes(pid: int) -> list[int]:
    """The backend and its worker."""
    children = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [grandchild for child in children for grandchild in child_processes(child)]


def test_variants_are_numbered_files_and_the_second_is_the_next_seeds_picture(
    sdedit_here: Command, tmp_path: Path
) -> None:
    strokes().save(tmp_path / "guide.png")
    several = ("guide.png", "--out", "out.png", "--variants", "2", "--compare", "all.png")
    done = sdedit_here("edit", *several, *FEW)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Wrote out-1.png, out-2.png (")
    assert not (tmp_path / "out.png").exists()
    first, second = (pixels_of(tmp_path / f"out-{i}.png").astype(int) for i in (1, 2))
    assert (first != second).any()
    assert pixels_of(tmp_path / "all.png").shape[1] == 3 * 72 + 2 * GAP_PX

    alone = sdedit_here("edit", "guide.png", "--out", "alone.png", "--seed", "1", *FEW)
    assert alone.returncode == 0, alone.stderr
    assert np.abs(pixels_of(tmp_path / "alone.png") - second).max() <= 1


def test_where_the_t0_map_is_black_the_painting_stays(sdedit_here: Command, tmp_path: Path) -> None:
    strokes().save(tmp_path / "guide.png")
    t0_map = np.zeros((48, 72), np.uint8)
    t0_map[:, 30:50] = 128
    t0_map[:, 50:] = 255
    Image.fromarray(t0_map).save(tmp_path / "map.png")
    done = sdedit_here("edit", "guide.png", "--t0-map", "map.png", "--out", "out.png", *FEW)
    assert done.returncode == 0, done.stderr
    changed = (pixels_of(tmp_path / "guide.png") != pixels_of(tmp_path / "out.png")).any(axis=-1)
    assert not changed[:, :30].any()
    assert changed[:, 50:].mean() > 0.9


def test_several_t0_are_written_under_their_names_with_their_readings(
    sdedit_here: Command, tmp_path: Path
) -> None:
    strokes().save(tmp_path / "guide.png")
    done = sdedit_here("edit", "guide.png", "--out", "out.png", "--t0s", ".2,0.65", *FEW)
    assert done.returncode == 0, done.stderr
    wrote, *readings = done.stdout.splitlines()
    assert wrote.startswith("Wrote out-t0-0.2.png, out-t0-0.65.png (")
    for reading, t0 in zip(readings, ("0.2", "0.65"), strict=True):
        words = rf"out-t0-{t0}.png: t0 {t0}, [0-9.]+ of 255 from the guide, realism [01]\.[0-9]+"
        assert re.fullmatch(words, reading)
    guide, faithful, real = (
        pixels_of(tmp_path / name).astype(int)
        for name in ("guide.png", "out-t0-0.2.png", "out-t0-0.65.png")
    )
    assert 0 < np.abs(faithful - guide).mean() < np.abs(real - guide).mean()


def test_t0_can_be_left_to_the_model(sdedit_here: Command, tmp_path: Path) -> None:
    strokes().save(tmp_path / "guide.png")
    done = sdedit_here("edit", "guide.png", "--out", "out.png", "--t0", "auto", *FEW)
    assert done.returncode == 0, done.stderr
    assert "Your painting has large flat shapes; at 0." in done.stderr
    said = re.search("at (0[.][0-9]+) the model can", done.stderr)
    assert said is not None
    assert f"out.png: t0 {float(said[1]):g}, " in done.stdout
