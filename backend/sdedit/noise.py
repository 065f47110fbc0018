"""Standard normal noise that belongs to the canvas, not to the call that asks for it.

Every number is a pure function of (seed, step, canvas x, canvas y, channel). So moving the
selection, cutting a window, tiling or batching never reshuffles the noise, and a stored recipe
finds the same noise again.

The words come from Philox4x32-10, a counter-based generator (Salmon et al. 2011, "Parallel random
numbers: as easy as 1, 2, 3"); Box and Muller (1958) make normals of them. Logarithm, sine and
cosine are spelled out below in additions, multiplications, divisions and square roots of float64,
which IEEE 754 rounds in one way only. torch's own come from another library on each platform, and
those part in the last bit of about one value in a thousand: noise that is nearly the same.
(Do not torch.compile this: it may fuse a multiplication and an addition into one rounding.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

Noise = Callable[[int], Tensor]
"""``noise(step)``: standard normal, shaped like x; the same step, the same noise."""

Words = tuple[Tensor, Tensor, Tensor, Tensor]

_WORD = 0xFFFFFFFF
_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57  # the constants of Philox4x32 in Salmon et al. 2011
_WEYL = 0x9E3779B9, 0xBB67AE85  # the golden ratio and √3 − 1, as fractions of 2^32
_CHANNELS_PER_BLOCK = 4  # one Philox block has four words, and makes four normals

# Pixels worked on at once. 2^15 keeps the int64 and float64 scratch (256 KiB each) in a CPU's
# second-level cache: 3 channels take 44 ms a megapixel on one core, but 70 ms when made at once.
_CPU_PIXELS = 2**15
_GPU_PIXELS = 2**20
_GPU_STEPS = 16
"""As many are made at once, where they fit: some 200 operations, each of which costs a GPU's host a
few microseconds, are then shared by 16 network evaluations."""


def canvas_noise(
    seed: int,
    step: int,
    x: int,
    y: int,
    width: int,
    height: int,
    channels: int = 3,
    device: torch.device | str = "cpu",
) -> Tensor:
    """The noise of `step` on the canvas window whose top left pixel is (x, y).

    Returns (channels, height, width) float32, standard normal, |z| < 6.77 (the reach of a 32-bit
    uniform). Coordinates may be negative. Raises ValueError for a seed outside 64 bits, a step
    outside 32 bits, coordinates outside signed 32 bits, and a size below 1.
    """
    return canvas_noises(seed, step, 1, x, y, width, height, channels, device)[0]


def canvas_noises(
    seed: int,
    step: int,
    count: int,
    x: int,
    y: int,
    width: int,
    height: int,
    channels: int = 3,
    device: torch.device | str = "cpu",
) -> Tensor:
    """`canvas_noise` of `step` and those after it, made together: (count, channels, height, width).

    On a GPU that takes hardly longer than one, of a size that leaves most of it idle.
    """
    _check(seed, step, x, y, width, height, channels)
    target = torch.device(device)
    # Apple's GPUs have no float64; the CPU computes for them.
    place = torch.device("cpu") if target.type == "mps" else target
    steps = torch.arange(step, step + count, device=place)[:, None, None]  # (N, 1, 1)
    columns = torch.arange(x, x + width, device=place) & _WORD  # (W,)
    rows = torch.arange(y, y + height, device=place)[:, None] & _WORD  # (H, 1)
    key = seed & _WORD, seed >> 32
    out = torch.empty((count, channels, height, width), dtype=torch.float32, device=place)
    band = max(1, _pixels_at_once(place) // (count * width))
    for top in range(0, height, band):
        band_rows = rows[top : top + band]
        for block, first in enumerate(range(0, channels, _CHANNELS_PER_BLOCK)):
            counter = columns, band_rows, steps, torch.full_like(steps, block)
            words = philox4x32(counter, key)
            for channel, pair in zip(range(first, channels, 2), (words[:2], words[2:])):
                for offset, normal in enumerate(_normals(*pair)[: channels - channel]):
                    out[:, channel + offset, top : top + band] = normal
    return out.to(target)


@dataclass(frozen=True)
class CanvasNoise:
    """`canvas_noise` of one window as the ``noise(step)`` the samplers ask: (1, C, H, W)."""

    seed: int
    x: int
    y: int
    width: int
    height: int
    channels: int = 3
    device: torch.device | str = "cpu"
    _made: dict[int, Tensor] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, step: int) -> Tensor:
        count = _steps_at_once(torch.device(self.device), self.width * self.height)
        first = step - step % count
        made = self._made.get(first)
        if made is None:
            window = self.x, self.y, self.width, self.height, self.channels
            made = canvas_noises(self.seed, first, count, *window, self.device)
            self._made.clear()
            if count > 1:
                self._made[first] = made
        return made[step - first : step - first + 1]


def noise_of_each(noises: Sequence[Noise]) -> Noise:
    """The noise of a batch in which every picture has its own: one guide, several seeds."""
    if len(noises) == 1:
        return noises[0]
    return lambda step: torch.cat([noise(step) for noise in noises])


def philox4x32(counter: Words, key: tuple[int, int]) -> Words:
    """Philox4x32-10: four 32-bit words for each 128-bit counter (Salmon et al. 2011).

    counter: four int64 tensors of words in [0, 2^32), broadcast against each other. Returns four
    int64 tensors of such words.
    """
    # In place from here on, as below: on a CPU that takes two thirds of the time.
    # torch's own annotations leave this function out.
    words = torch.broadcast_tensors(*counter)  # type: ignore[no-untyped-call]
    c0, c1, c2, c3 = (word.clone() for word in words)
    k0, k1 = key
    upper = torch.empty_like(c0)
    for _ in range(10):
        # The products wrap into int64's sign; the arithmetic shift and the mask undo it. c1 and c3
        # carry waste above bit 31 until the mask of the next round, which saves two operations.
        low, high = c0.mul_(_MULTIPLIERS[0]), c2.mul_(_MULTIPLIERS[1])
        torch.bitwise_right_shift(high, 32, out=upper)
        c0, c1 = c1.bitwise_xor_(k0).bitwise_xor_(upper).bitwise_and_(_WORD), high
        torch.bitwise_right_shift(low, 32, out=upper)
        c2, c3 = c3.bitwise_xor_(k1).bitwise_xor_(upper).bitwise_and_(_WORD), low
        k0, k1 = (k0 + _WEYL[0]) & _WORD, (k1 + _WEYL[1]) & _WORD
    return c0, c1.bitwise_and_(_WORD), c2, c3.bitwise_and_(_WORD)


def _normals(radial: Tensor, angular: Tensor) -> tuple[Tensor, Tensor]:
    """Two independent standard normals from two words (Box and Muller 1958), float64.

    The angle is a quarter turn about the x axis from the lower 30 bits; bit 30 mirrors it at the
    diagonal and bit 31 at the origin, which together cover the circle evenly. The words are spent.
    """
    radius = _minus_two_log(radial.double().add_(0.5).mul_(2.0**-32)).sqrt_()
    sign = (angular >> 31).bitwise_left_shift_(63)
    radius.view(torch.int64).bitwise_xor_(sign)
    is_mirrored = (angular << 33).bitwise_right_shift_(63)  # all bits or none
    angle = angular.bitwise_and_(0x3FFFFFFF).double().sub_(2.0**29 - 0.5).mul_(math.pi / 2**31)
    square = angle * angle
    sine, cosine = angle.mul_(_polynomial(square, _SINE)), _polynomial(square, _COSINE)
    # Where mirrored, the two change places.
    sine_bits, cosine_bits = sine.view(torch.int64), cosine.view(torch.int64)
    exchange = (sine_bits ^ cosine_bits).bitwise_and_(is_mirrored)
    sine_bits.bitwise_xor_(exchange)
    cosine_bits.bitwise_xor_(exchange)
    return cosine.mul_(radius), sine.mul_(radius)


# Taylor series in the square of the argument. What is cut off is below 1e-10 of the value, far
# below float32's 6e-8.
_SINE = [(-1) ** k / math.factorial(2 * k + 1) for k in range(6)]
_COSINE = [(-1) ** k / math.factorial(2 * k) for k in range(7)]
_ARTANH = [1 / (2 * k + 1) for k in range(6)]
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD  # √½ as a float64


def _minus_two_log(u: Tensor) -> Tensor:
    """-2 ln u for float64 u in (0, 1): u = m 2^e with m in [√½, √2), ln m = 2 artanh s.

    u is spent.
    """
    bits = u.view(torch.int64)
    exponent = (bits - _SQRT_HALF_BITS).bitwise_right_shift_(52)
    of_exponent = exponent.double().mul_(-2 * math.log(2))
    m = bits.sub_(exponent.bitwise_left_shift_(52)).view(torch.float64)
    s = m - 1
    s.div_(m.add_(1))
    series = _polynomial(s * s, _ARTANH)
    return of_exponent.sub_(s.mul_(4).mul_(series))


def _polynomial(x: Tensor, coefficients: list[float]) -> Tensor:
    """The sum of coefficients[k] x^k, by Horner's rule."""
    *rest, last = coefficients
    total = x * last
    for coefficient in rest[:0:-1]:
        total = total.add_(coefficient).mul_(x)
    return total.add_(rest[0])


def _steps_at_once(device: torch.device, pixels: int) -> int:
    if device.type != "cuda":
        return 1
    return max(1, min(_GPU_STEPS, _GPU_PIXELS // pixels))


def _pixels_at_once(place: torch.device) -> int:
    # torch gives each of its threads 2^15 numbers of an operation, so a band of fewer has but one.
    return _CPU_PIXELS * torch.get_num_threads() if place.type == "cpu" else _GPU_PIXELS


def _check(seed: int, step: int, x: int, y: int, width: int, height: int, channels: int) -> None:
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed is {seed}, but must be 0 to 2^64 - 1.")
    if not 0 <= step < 2**32:
        raise ValueError(f"step is {step}, but must be 0 to 2^32 - 1.")
    for name, size in (("width", width), ("height", height), ("channels", channels)):
        if size < 1:
            raise ValueError(f"{name} is {size}, but must be 1 or more.")
    for name, start, size in (("x", x, width), ("y", y, height)):
        if start < -(2**31) or start + size > 2**31:
            raise ValueError(
                f"{name} is {start} with {size} pixels after it, "
                "but the canvas reaches from -2^31 to 2^31 - 1."
            )
