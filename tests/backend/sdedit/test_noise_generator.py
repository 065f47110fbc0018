"""The generator behind the canvas' noise: Philox' published answers and Box–Muller's normals."""

from __future__ import annotations

import math
import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.sdedit.noise import _normals, canvas_noise, philox4x32

WORD = 0xFFFFFFFF
words = st.integers(0, WORD)

ROUNDINGS = 8 * 2**-24
"""Of a normal, as a share of its radius: some twenty roundings of float32 lie before it."""


def reference_philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 in Python's own integers, written as the paper's figure 2 draws it."""
    left_0, right_0, left_1, right_1 = counter
    for round_ in range(10):
        key_0 = (key[0] + round_ * 0x9E3779B9) & WORD
        key_1 = (key[1] + round_ * 0xBB67AE85) & WORD
        high_0, low_0 = divmod(left_0 * 0xD2511F53, 2**32)
        high_1, low_1 = divmod(left_1 * 0xCD9E8D57, 2**32)
        left_0, right_0 = high_1 ^ right_0 ^ key_0, low_1
        left_1, right_1 = high_0 ^ right_1 ^ key_1, low_0
    return [left_0, right_0, left_1, right_1]


def reference_normals(radial: int, angular: int) -> tuple[float, float]:
    """Box–Muller with the math library's logarithm, sine and cosine, of float32's nearest words."""
    radius = math.sqrt(-2 * math.log(as_float32(as_float32(radial) + 0.5) / 2**32))
    if angular & 2**31:
        radius = -radius
    half_turn = (angular + 2**30) % 2**31 - 2**30  # the lower 31 bits, as a signed number
    angle = as_float32(half_turn) * math.pi / 2**31
    return radius * math.cos(angle), radius * math.sin(angle)


def as_float32(number: float) -> float:
    rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    return rounded


def run_philox(counter: list[int], key: list[int]) -> list[int]:
    words = philox4x32(tuple(torch.tensor([c]) for c in counter), tuple(key))
    return [int(word) for word in words]


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000",
         "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
         "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
         "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
    ids=["zeros", "ones", "pi"],
)  # fmt: skip
def test_philox_gives_the_known_answers_of_random123(counter, key, answer):
    counter, key, answer = ([int(w, 16) for w in row.split()] for row in (counter, key, answer))

    assert run_philox(counter, key) == answer
    assert reference_philox(counter, key) == answer


@given(counter=st.lists(words, min_size=4, max_size=4), key=st.lists(words, min_size=2, max_size=2))
def test_philox_agrees_with_python_integers_at_any_counter_and_key(counter, key):
    assert run_philox(counter, key) == reference_philox(counter, key)


@given(radial=words, angular=words)
def test_normals_agree_with_the_math_library_to_the_rounding_of_float32(radial, angular):
    normals = _normals(torch.tensor([radial]), torch.tensor([angular]))

    pair = reference_normals(radial, angular)
    for ours, reference in zip(normals, pair, strict=True):
        assert ours.dtype == torch.float32
        assert ours.item() == pytest.approx(reference, abs=ROUNDINGS * math.hypot(*pair))


@pytest.mark.parametrize("angular", [0, 2**30 - 1, 2**30, 2**31 - 1, 2**31, WORD])
def test_normals_are_finite_and_bounded_at_the_ends_of_the_uniform(angular):
    radii = [
        torch.hypot(*_normals(torch.tensor([radial]), torch.tensor([angular]))).item()
        for radial in (0, WORD - 2**8, WORD)
    ]

    assert radii[0] == pytest.approx(math.sqrt(2 * 33 * math.log(2)), rel=ROUNDINGS)  # 6.764
    assert radii[1] == pytest.approx(math.sqrt(2 * 2**-24), rel=ROUNDINGS)  # float32's last below 1
    assert radii[2] == 0  # float32 has no uniform nearer to 1 than 1


@given(
    seed=st.integers(0, 2**64 - 1),
    step=words,
    x=st.integers(-(2**31), 2**31 - 1),
    y=st.integers(-(2**31), 2**31 - 1),
    channel=st.integers(0, 11),
)
def test_a_pixel_is_the_normal_of_its_own_counter(seed, step, x, y, channel):
    block = reference_philox([x % 2**32, y // 4 % 2**32, step, channel], [seed % 2**32, seed >> 32])
    row = y % 4
    pair = reference_normals(*block[:2]) if row < 2 else reference_normals(*block[2:])

    pixel = canvas_noise(seed, step, x, y, 1, 1, channels=channel + 1)[channel, 0, 0].item()

    assert pixel == pytest.approx(pair[row % 2], abs=ROUNDINGS * math.hypot(*pair))


def test_the_noise_of_a_stored_recipe_is_still_the_same_to_the_bit():
    window = canvas_noise(2**63 + 7, 3, -2, 5, 4, 2)

    assert window.view(torch.int32).tolist() == [
        [
            [1033730986, -1078402887, 1052470667, -1086126631],
            [-1088475454, -1084450762, 1063063545, 1054445319],
        ],
        [
            [1057068180, 1051646176, -1076105004, 1061789388],
            [-1093531170, 1070506999, -1103699891, 1070808331],
        ],
        [
            [1061527874, -1083768188, 1064165833, -1098864306],
            [-1071478420, -1080996376, -1094746067, -1080464813],
        ],
    ]
