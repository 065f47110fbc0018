"""Noise belongs to the canvas: what a window holds does not depend on how it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import backend
from backend.sdedit import noise as noise_module
from backend.sdedit.noise import CanvasNoise, NoiseWeights, canvas_noise, canvas_noises

coordinates = st.integers(-(2**31), 2**31 - 65) | st.integers(-80, 80)


@given(
    data=st.data(),
    seed=st.integers(0, 2**64 - 1),
    step=st.integers(0, 2**32 - 1),
    x=coordinates,
    y=coordinates,
    width=st.integers(1, 64),
    height=st.integers(1, 64),
)
def test_any_crop_is_the_same_bits_as_the_window_it_lies_in(data, seed, step, x, y, width, height):
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right = data.draw(st.integers(left + 1, width))
    bottom = data.draw(st.integers(top + 1, height))

    window = canvas_noise(seed, step, x, y, width, height)
    crop = canvas_noise(seed, step, x + left, y + top, right - left, bottom - top)

    assert torch.equal(crop, window[:, top:bottom, left:right])


def test_a_field_larger_than_one_band_is_made_of_its_tiles():
    field = canvas_noise(5, 1, -300, -101, 700, 300)  # bands of 124 rows
    tiles = [
        canvas_noise(5, 1, x, y, 100, 100) for y in (-101, -1, 99) for x in range(-300, 400, 100)
    ]
    rows = [torch.cat(tiles[i : i + 7], dim=2) for i in (0, 7, 14)]

    assert torch.equal(field, torch.cat(rows, dim=1))


def test_a_channel_does_not_depend_on_how_many_are_asked_for():
    nine = canvas_noise(5, 1, -3, 4, 8, 8, channels=9)

    for channels in range(1, 9):
        assert torch.equal(canvas_noise(5, 1, -3, 4, 8, 8, channels), nine[:channels])


def test_the_same_request_gives_the_same_noise_on_any_number_of_threads():
    threads = torch.get_num_threads()
    try:
        fields = []
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            fields.append(canvas_noise(5, 1, 0, 0, 257, 129))
    finally:
        torch.set_num_threads(threads)

    assert torch.equal(fields[0], fields[1])
    assert torch.equal(fields[0], fields[2])


def test_the_width_of_the_processors_vectors_does_not_matter():
    source = (
        "import sys, torch; from backend.sdedit.noise import canvas_noise;"
        "assert torch.backends.cpu.get_cpu_capability() == 'DEFAULT';"
        "sys.stdout.buffer.write(canvas_noise(5, 1, -9, 0, 101, 33).numpy().tobytes())"
    )
    narrow = subprocess.run(
        [sys.executable, "-c", source],
        cwd=Path(backend.__file__).parents[1],
        env=os.environ | {"ATEN_CPU_CAPABILITY": "default"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    ).stdout

    assert narrow == canvas_noise(5, 1, -9, 0, 101, 33).numpy().tobytes()


def test_nothing_of_torch_s_own_random_state_is_read_or_moved():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = canvas_noise(5, 1, 0, 0, 8, 8)
    assert torch.equal(torch.get_rng_state(), before)

    torch.manual_seed(2)
    assert torch.equal(canvas_noise(5, 1, 0, 0, 8, 8), first)


def test_a_window_as_the_samplers_noise_has_a_batch_dimension():
    noise = CanvasNoise(seed=5, x=-3, y=4, width=8, height=6)

    assert noise(2).shape == (1, 3, 6, 8)
    assert noise(2).dtype == torch.float32
    assert torch.equal(noise(2)[0], canvas_noise(5, 2, -3, 4, 8, 6))


def test_steps_made_together_are_the_same_bits_as_each_alone():
    together = canvas_noises(5, 2**32 - 3, 3, -300, -100, 700, 90, channels=5)

    for index, field in enumerate(together):
        assert torch.equal(field, canvas_noise(5, 2**32 - 3 + index, -300, -100, 700, 90, 5))


def test_noise_made_ahead_is_the_noise_of_its_step_in_whatever_order_it_is_asked(monkeypatch):
    alone = CanvasNoise(seed=5, x=-3, y=4, width=8, height=6)
    expected = {step: alone(step) for step in (0, 3, 4, 11, 2**32 - 1)}
    asked = []

    def canvas_noises_noted(seed, step, count, *rest):
        asked.append((step, count))
        return canvas_noises(seed, step, count, *rest)

    monkeypatch.setattr(noise_module, "_steps_at_once", lambda _device, _pixels: 4)
    monkeypatch.setattr(noise_module, "canvas_noises", canvas_noises_noted)
    ahead = CanvasNoise(seed=5, x=-3, y=4, width=8, height=6)

    for step in (0, 3, 4, 11, 2**32 - 1, 3, 0):
        assert torch.equal(ahead(step), expected[step])
    assert asked == [(0, 4), (4, 4), (8, 4), (2**32 - 4, 4), (0, 4)]


def test_a_gpu_makes_as_many_steps_at_once_as_keep_it_busy_and_a_cpu_one():
    at_once = noise_module._steps_at_once

    assert at_once(torch.device("cpu"), 64) == at_once(torch.device("mps"), 64) == 1
    assert at_once(torch.device("cuda"), 256 * 256) == 16
    assert at_once(torch.device("cuda"), 512 * 512) == 4
    assert at_once(torch.device("cuda", 1), 4096 * 4096) == 1


def test_weighted_noise_has_its_weights_along_grey_and_along_the_colours():
    window = {"x": -3, "y": 4, "width": 80, "height": 60}
    even = CanvasNoise(5, **window)(2)
    uneven = CanvasNoise(5, **window, weights=NoiseWeights(1.25, 0.5))(2)

    grey = even.mean(dim=1, keepdim=True)
    assert torch.allclose(uneven.mean(dim=1, keepdim=True), 1.25 * grey, atol=1e-6)
    assert torch.allclose(uneven - 1.25 * grey, 0.5 * (even - grey), atol=1e-6)
    assert torch.equal(CanvasNoise(5, **window, weights=NoiseWeights())(2), even)


def test_weighted_noise_is_the_same_bits_in_any_crop():
    weights = NoiseWeights(1.05, 0.7)
    whole = CanvasNoise(seed=5, x=0, y=0, width=80, height=60, weights=weights)(1)
    crop = CanvasNoise(seed=5, x=13, y=7, width=29, height=31, weights=weights)(1)

    assert torch.equal(crop, whole[..., 7:38, 13:42])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed": -1}, r"seed is -1, but must be 0 to 2\^64 - 1\."),
        ({"seed": 2**64}, r"seed is \d+, but must be 0 to 2\^64 - 1\."),
        ({"step": -1}, r"step is -1, but must be 0 to 2\^32 - 1\."),
        ({"step": 2**32}, r"step is \d+, but must be 0 to 2\^32 - 1\."),
        ({"width": 0}, r"width is 0, but must be 1 or more\."),
        ({"height": -4}, r"height is -4, but must be 1 or more\."),
        ({"channels": 0}, r"channels is 0, but must be 1 or more\."),
        ({"x": -(2**31) - 1}, r"x is -\d+ with 8 pixels after it, but the canvas reaches"),
        ({"y": 2**31 - 7}, r"y is \d+ with 8 pixels after it, but the canvas reaches"),
    ],
)
def test_a_request_outside_the_counter_is_refused(change, sentence):
    request = {"seed": 1, "step": 1, "x": 0, "y": 0, "width": 8, "height": 8} | change

    with pytest.raises(ValueError, match=f"^{sentence}"):
        canvas_noise(**request)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_cuda_device_makes_the_same_bits_as_the_cpu():
    there = canvas_noise(5, 1, -700, -300, 2048, 1024, channels=5, device="cuda")

    assert there.is_cuda
    assert torch.equal(there.cpu(), canvas_noise(5, 1, -700, -300, 2048, 1024, channels=5))
