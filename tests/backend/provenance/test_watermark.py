"""The mark is found where it is and nowhere else, does not show, and leaves the unchanged alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from backend.provenance.detection import find_mark
from backend.provenance.pattern import TILE_PX, tile, waves
from backend.provenance.watermark import OF_CHANGE, marked

SIDE = 256


def landscape(seed: int, side: int = SIDE) -> Tensor:
    """(1, 3, side, side) in [-1, 1]: noise with the spectrum of a photograph."""
    noise = np.random.default_rng(seed).standard_normal((3, side, side))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)) + 1 / side
    shapes = np.fft.ifft2(np.fft.fft2(noise) / frequency**1.2).real
    shapes *= 0.35 / shapes.std()
    return torch.from_numpy(shapes.astype(np.float32))[None].clamp(-0.95, 0.95)


def eight_bits(picture: Tensor) -> Image.Image:
    values = (picture[0].clamp(-1, 1) * 127.5 + 127.5).round().to(torch.uint8)
    return Image.fromarray(values.permute(1, 2, 0).numpy())


def score(picture: Image.Image) -> float:
    return find_mark(np.array(picture.convert("L"))).score


@pytest.fixture(scope="module")
def clean() -> Tensor:
    return landscape(1)


@pytest.fixture(scope="module")
def mark(clean: Tensor) -> Image.Image:
    """An edit that has changed all of its guide, marked."""
    return eight_bits(marked(clean, landscape(2), 40, 7))


def test_the_pattern_is_always_the_same() -> None:
    assert tile().shape == (TILE_PX, TILE_PX)
    assert tile()[:2, :2].ravel().tolist() == pytest.approx([1.630, 0.820, 1.743, 1.002], abs=1e-3)
    assert len(waves().phases) == 770
    assert abs(float(tile().mean())) < 1e-6
    assert float(tile().std()) == pytest.approx(1, abs=1e-5)


def test_it_is_found_and_not_in_the_same_picture_without_it(
    clean: Tensor, mark: Image.Image
) -> None:
    finding = find_mark(np.array(mark.convert("L")))
    assert finding.is_found
    assert finding.scale == pytest.approx(1, abs=0.02)
    assert not find_mark(np.array(eight_bits(clean).convert("L"))).is_found


@pytest.mark.parametrize("quality", [90, 75])
def test_it_outlives_jpeg(mark: Image.Image, quality: int) -> None:
    file = io.BytesIO()
    mark.save(file, "JPEG", quality=quality)
    assert score(Image.open(file)) > 8


@pytest.mark.parametrize("scale", [0.5, 0.75, 1.37, 2.0])
def test_it_outlives_scaling(mark: Image.Image, scale: float) -> None:
    side = round(SIDE * scale)
    finding = find_mark(np.array(mark.resize((side, side), Image.Resampling.LANCZOS).convert("L")))
    assert finding.is_found
    assert finding.scale == pytest.approx(scale, rel=0.03)


def test_it_outlives_jpeg_at_half_the_size(mark: Image.Image) -> None:
    file = io.BytesIO()
    mark.resize((SIDE // 2, SIDE // 2), Image.Resampling.BICUBIC).save(file, "JPEG", quality=75)
    assert score(Image.open(file)) > 8


def test_it_outlives_a_cut(mark: Image.Image) -> None:
    assert score(mark.crop((17, 30, 247, 250))) > 8


def test_areas_of_one_canvas_carry_one_mark() -> None:
    whole = marked(landscape(1), landscape(2), 0, 0)
    part = marked(landscape(1)[..., 64:, 32:], landscape(2)[..., 64:, 32:], 32, 64)
    inner = (..., slice(80, None), slice(48, None))
    torch.testing.assert_close(whole[inner], part[..., 16:, 16:])


def test_bands_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, guide = landscape(1), landscape(2)
    whole = marked(picture, guide, 5, 9)
    monkeypatch.setattr("backend.provenance.watermark.BAND_PX", 50)
    assert torch.equal(marked(picture, guide, 5, 9), whole)


def test_it_does_not_show(clean: Tensor, mark: Image.Image) -> None:
    error = np.asarray(mark, float) - np.asarray(eight_bits(clean), float)
    psnr = 10 * np.log10(255**2 / (error**2).mean())
    assert psnr > 42
    assert abs(error.mean()) < 0.05


def test_what_has_not_changed_is_not_marked() -> None:
    guide = landscape(2)
    picture = guide.clone()
    picture[..., 100:150, 60:90] = landscape(1)[..., 100:150, 60:90]
    result = marked(picture, guide, 0, 0)
    is_same = (picture == guide).all(1, keepdim=True).expand(-1, 3, -1, -1)
    assert torch.equal(result[is_same], guide[is_same])
    assert not torch.equal(result, picture)


def test_the_mark_fades_with_the_change() -> None:
    guide, direction = landscape(2), landscape(1)
    for change in (0.1, 0.01, 0.001):
        picture = guide + change * direction
        added = (marked(picture, guide, 0, 0) - picture).abs().mean()
        assert 0 < added < OF_CHANGE * (picture - guide).abs().mean()
    assert torch.equal(marked(guide, guide, 0, 0), guide)


def test_a_small_picture_is_said_to_be_too_small() -> None:
    finding = find_mark(np.array(eight_bits(landscape(3, 48)).convert("L")))
    assert finding.is_too_small
    assert not finding.is_found


@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_empty_picture_has_no_mark(value: int) -> None:
    assert not find_mark(np.full((130, 700), value, np.uint8)).is_found


def test_pictures_without_the_mark_stay_far_below_what_counts() -> None:
    scores = [score(eight_bits(landscape(seed, 128))) for seed in range(10, 30)]
    assert max(scores) < 6.5
