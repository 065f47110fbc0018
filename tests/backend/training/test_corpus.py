from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from backend.training.corpus import (
    CROPS,
    MAX_HEIGHT,
    batches,
    find_pictures,
    load_picture,
    load_pictures,
    make_batch,
    random_crop,
    split,
)
from backend.training.landscapes import HELD_OUT

from .pictures_made import landscape, write_landscapes


def test_pictures_are_found_in_all_folders_by_their_suffix_and_sorted(tmp_path):
    write_landscapes(tmp_path / "b", 1)
    landscape(1).save(tmp_path / "A.JPG")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "folder.png").mkdir()

    found = [path.relative_to(tmp_path).as_posix() for path in find_pictures(tmp_path)]

    assert found == ["A.JPG", "b/picture-00.png"]


def test_held_out_names_are_never_trained_on_however_few_there_are():
    others = [Path(f"x/{i}.jpg") for i in range(40)]
    for named in (HELD_OUT, HELD_OUT[:1]):
        paths = [*others, *(Path("y") / name for name in named)]

        training, kept = split(paths, HELD_OUT)

        assert training == others
        assert [path.name for path in kept] == list(named)


def test_of_other_pictures_one_in_twenty_is_held_out_the_same_ones_each_time():
    paths = [Path(f"photo-{i}.jpg") for i in range(2000)]

    training, kept = split(paths, HELD_OUT)

    assert split(paths[::-1], HELD_OUT)[1] == kept[::-1]
    assert sorted(training + kept) == sorted(paths)
    assert 60 <= len(kept) <= 140


def test_of_a_few_pictures_all_are_trained_on():
    held_out_alone = [p for p in (Path(f"{i}.png") for i in range(99)) if split([p] * 20, ())[1]]
    assert held_out_alone  # names that would be held out among more pictures

    assert split(held_out_alone[:5], HELD_OUT) == (held_out_alone[:5], [])


def test_a_large_picture_becomes_as_high_as_the_finest_scale(tmp_path):
    for name in ("large.png", "large.jpg"):
        landscape(0, 1500, 1000).save(tmp_path / name)

        picture = load_picture(tmp_path / name)

        assert (picture.mode, picture.size) == ("RGB", (540, MAX_HEIGHT))
        expected = landscape(0, 1500, 1000).resize((540, 360), Image.Resampling.LANCZOS)
        error = np.asarray(picture, float) - np.asarray(expected, float)
        assert np.abs(error).mean() < 2


def test_a_photograph_taken_upright_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    upright = landscape(3, 100, 150)
    upright.rotate(90, expand=True).save(tmp_path / "a.png", exif=exif)

    assert load_picture(tmp_path / "a.png").tobytes() == upright.tobytes()


def test_transparent_parts_are_white(tmp_path):
    picture = landscape(0).convert("RGBA")
    picture.putalpha(0)
    picture.save(tmp_path / "a.png")

    assert load_picture(tmp_path / "a.png").getcolors() == [(144 * 96, (255, 255, 255))]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.png", b""),
        ("text.jpg", b"no picture at all"),
        ("cut.png", None),
        ("tiny.png", landscape(0, 63, 200)),
        ("narrow.png", landscape(0, 70, 500)),
        ("deep.tif", Image.fromarray(np.zeros((99, 99), np.uint16))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_used_is_left_out(tmp_path, name, content):
    path = tmp_path / name
    if content is None:
        landscape(0).save(path)
        path.write_bytes(path.read_bytes()[:-2000])
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content.save(path)
    landscape(1).save(tmp_path / "good.png")

    assert load_picture(path) is None
    assert len(load_pictures(find_pictures(tmp_path))) == 1


@pytest.mark.parametrize("size", [(720, 360), (200, 360), (64, 64), (80, 300), (300, 70)])
@pytest.mark.parametrize("side", [64, 96])
def test_a_crop_says_truly_at_which_scale_and_height_it_is(size, side):
    """A picture whose rows tell their own height: top and bottom can be read off the crop."""
    width, height = size
    rows = np.linspace(0, 255, height)[:, None, None]
    picture = Image.fromarray(np.broadcast_to(rows, (height, width, 3)).astype(np.uint8))
    generator = np.random.default_rng(0)

    for _ in range(20):
        crop, scaled_height, top, bottom = random_crop(picture, side, generator)

        assert crop.shape == (side, side, 3)
        assert 0 <= top < bottom <= 1 + 1e-9
        assert (bottom - top) * scaled_height == pytest.approx(side)
        centres = top + (bottom - top) * (np.arange(side) + 0.5) / side
        read = crop.mean(axis=(1, 2)) / 255
        assert np.abs(read - centres)[8:-8].max() < 0.03


def test_a_batch_is_crops_with_the_places_they_come_from():
    pictures = [landscape(i) for i in range(3)]

    batch = make_batch(pictures, 64, 9, np.random.default_rng(0))

    assert (batch.x0.shape, batch.x0.dtype) == ((9, 3, 64, 64), torch.float32)
    assert batch.x0.abs().max() <= 1
    assert batch.x0.std() > 0.1
    assert batch.y.shape == (9, 1, 64, 1)
    assert (batch.y.diff(dim=2) > 0).all()
    least, most = math.log2(360 / 96), math.log2(360 / 64)
    assert ((batch.log2_scale >= least - 1e-6) & (batch.log2_scale <= most + 1e-6)).all()


def test_the_same_seed_gives_the_same_batches_in_the_same_order_whatever_the_threads():
    pictures = [landscape(i) for i in range(4)]

    def first(seed: int, threads: int):
        return list(itertools.islice(batches(pictures, seed, threads=threads), 6))

    one, again, other = first(1, 1), first(1, 3), first(2, 2)

    assert all(torch.equal(a.x0, b.x0) for a, b in zip(one, again, strict=True))
    assert not all(
        a.x0.shape == b.x0.shape and torch.equal(a.x0, b.x0)
        for a, b in zip(one, other, strict=True)
    )
    shapes = {(side, count) for side, count, _ in CROPS}
    assert {(batch.x0.shape[-1], batch.x0.shape[0]) for batch in one} <= shapes


def test_larger_batches_have_as_many_times_the_crops():
    (batch,) = itertools.islice(batches([landscape(0)], 0, larger=3), 1)

    assert (batch.x0.shape[-1], batch.x0.shape[0] // 3) in {(side, n) for side, n, _ in CROPS}
