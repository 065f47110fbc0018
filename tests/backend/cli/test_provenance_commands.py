"""`sdedit recipe`, `verify`, `detect` and `history`, with the real backend and model."""

from __future__ import annotations

import json
import shlex
import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from backend.history.store import HistoryStore
from backend.local import LocalBackend
from backend.provenance.png_recipe import read_recipe
from protocol.bounds import Bounds
from protocol.images import MASK, PixelFormat
from protocol.images import Image as RawImage
from protocol.messages import EditRequest, Result
from tests.backend.cli.conftest import Command
from tests.backend.cli.sdedit_command import sdedit
from tests.backend.cli.test_edit_command import pixels_of, strokes

FEW = ("--steps", "2")


def test_a_png_file_tells_how_it_was_made_and_is_made_again(tmp_path: Path) -> None:
    strokes().save(tmp_path / "guide.png")
    mask = np.zeros((48, 72), np.uint8)
    mask[10:30, 20:60] = 255
    Image.fromarray(mask).save(tmp_path / "MASK.png")
    arguments = ("guide.png", "--mask", "MASK.png", "--out", "out.png", "--variants", "2")
    assert sdedit(tmp_path, "edit", *arguments, "--seed", "9", *FEW).returncode == 0

    told = sdedit(tmp_path, "recipe", "out-2.png")
    assert told.returncode == 0, told.stderr
    text, line = told.stdout.strip().rsplit("\n\n", 1)
    recipe = json.loads(text)
    assert (recipe["seed"], recipe["variants"], recipe["picture"]) == (9, 2, 2)
    words = shlex.split(line.replace("GUIDE.png", "guide.png").replace("OUT.png", "new.png"))
    assert words[0] == "sdedit"
    assert sdedit(tmp_path, *words[1:]).returncode == 0
    assert np.array_equal(pixels_of(tmp_path / "new-2.png"), pixels_of(tmp_path / "out-2.png"))

    verified = sdedit(tmp_path, "verify", "out-2.png", "guide.png", "--mask", "MASK.png")
    assert (verified.returncode, verified.stdout) == (0, "The same picture to the bit.\n")
    without = sdedit(tmp_path, "verify", "out-2.png", "guide.png")
    assert without.returncode == 2
    assert "is not the one that this picture was made with" in without.stderr


def test_a_file_that_was_painted_over_is_told(sdedit_here: Command, tmp_path: Path) -> None:
    strokes().save(tmp_path / "guide.png")
    assert sdedit_here("edit", "guide.png", "--out", "out.png", *FEW).returncode == 0
    recipe = read_recipe(tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as picture:
        text = picture.info["sdedit"]
        picture.putpixel((3, 4), (0, 0, 0))
        info = PngInfo()
        info.add_itxt("sdedit", text)
        picture.save(tmp_path / "changed.png", pnginfo=info)
    assert read_recipe(tmp_path / "changed.png") == recipe
    verified = sdedit_here("verify", "changed.png", "guide.png")
    assert verified.returncode == 1
    assert verified.stdout.startswith("1 of 3,456 pixels differ, by at most ")


def test_recipe_and_mark_are_left_out_when_asked(sdedit_here: Command, tmp_path: Path) -> None:
    strokes(width=200, height=200).save(tmp_path / "guide.png")
    for name, options in (("plain", ("--no-recipe", "--no-watermark")), ("mark", ())):
        done = sdedit_here("edit", "guide.png", "--out", f"{name}.png", *options, *FEW)
        assert done.returncode == 0, done.stderr
    told = sdedit_here("recipe", "plain.png")
    assert told.returncode == 2
    assert told.stderr.startswith("plain.png carries no recipe.")
    looked = sdedit_here("detect", "missing.png", "plain.png", "mark.png")
    assert looked.returncode == 2
    assert looked.stderr.startswith("There is no file missing.png.")
    assert sdedit_here("detect", "mark.png", "plain.png").returncode == 0
    assert sdedit_here("detect", "plain.png").returncode == 1
    found = looked.stdout.splitlines()
    assert found[0].startswith("plain.png: no mark found (score ")
    assert found[1].startswith("mark.png: the mark is there, at 100% of its size (score ")


@pytest.fixture
def kept(tmp_path: Path, shared_backend: LocalBackend) -> tuple[EditRequest, Result]:
    """An edit in the history of the home that `sdedit` has in ``tmp_path``."""
    place = Bounds(0, 0, 64, 48)
    pixels = np.full((48, 64, 4), 40_000, np.uint16)
    pixels[20:] = (9_000, 30_000, 12_000, 65_535)
    pixel_format = PixelFormat("RGBA", "U16", "sRGB-elle-V2-srgbtrc.icc")
    request = EditRequest(
        uuid.uuid4().hex,
        RawImage(place, pixel_format, pixels.tobytes()),
        *(64, 48),
        mask=RawImage(place, MASK, bytes([200]) * 64 * 48),
        steps=2,
        document="a painting",
        prompt="",
    )
    result = shared_backend.edit(request)
    HistoryStore(tmp_path / "home" / "history").keep("the plugin's key", request, result)
    return request, result


def test_the_history_is_listed_shown_made_again_exported_and_cleared(
    tmp_path: Path, kept: tuple[EditRequest, Result]
) -> None:
    request, result = kept
    name = request.job_id[:8]
    listed = sdedit(tmp_path, "history").stdout
    assert listed.startswith(request.job_id)
    assert "64×48  landscape  t0 0.45  seed 0" in listed
    shown = sdedit(tmp_path, "history", "show", name).stdout
    assert json.loads(shown.rsplit("\n\n", 1)[0]) == result.recipe
    verified = sdedit(tmp_path, "verify", name)
    assert (verified.returncode, verified.stdout) == (0, "The same picture to the bit.\n")
    exported = sdedit(tmp_path, "history", "export", name, "pictures")
    assert exported.returncode == 0, exported.stderr
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert names == ["GUIDE.png", "MASK.png", "RESULT-1.png"]
    assert read_recipe(tmp_path / "pictures" / "RESULT-1.png") == result.recipe
    picture, guide = (pixels_of(tmp_path / "pictures" / file) for file in names[::-2])
    assert (picture[..., 3] == 200).all()
    assert abs(picture[..., :3].astype(int) - guide[..., :3]).mean() < 60
    assert sdedit(tmp_path, "history", "show", "nothing").returncode == 2
    assert sdedit(tmp_path, "history", "clear").stdout == "Removed 1 entry.\n"
    assert sdedit(tmp_path, "history").stdout == "Nothing is kept.\n"


def test_a_damaged_entry_is_named_with_its_folder_and_not_listed(
    tmp_path: Path, kept: tuple[EditRequest, Result]
) -> None:
    request, result = kept
    store = HistoryStore(tmp_path / "home" / "history")
    store.keep("the plugin's key", replace(request, job_id=uuid.uuid4().hex), result)
    path = store.all()[1].path
    path.write_bytes(path.read_bytes()[:-1])
    listed = sdedit(tmp_path, "history", "list")
    assert listed.returncode == 0
    assert len(listed.stdout.splitlines()) == 2
    assert request.job_id not in listed.stdout
    assert listed.stderr.startswith(f"The history's file {path} cannot be read (it is damaged")
    assert "Remove that file;" in listed.stderr
    assert listed.stderr.count("\n") == 1
    assert sdedit(tmp_path, "history", "show", request.job_id).returncode == 2


@pytest.mark.parametrize("size", ["much", "-1", "2X"])
def test_a_budget_that_is_no_size_is_refused(tmp_path: Path, size: str) -> None:
    done = sdedit(tmp_path, "serve", f"--history-budget={size}")
    assert done.returncode == 2
    assert "a size is a number and K, M, G or T" in done.stderr
