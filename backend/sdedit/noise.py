"""Standard normal noise that belongs to the canvas, not to the call that asks for it.

Every number is a pure function of (seed, step, canvas x, canvas y, channel). So moving the
selection, cutting a window, tiling or batching never reshuffles the noise, and a stored recipe
finds the same noise again.

The words come from Philox4x32-10, a counter-based generator (Salmon et al. 2011, "Parallel random
numbers: as easy as 1, 2, 3"); Box and Muller (1958) make normals of them. One block of four words
makes the normals of four pixels in a column, so that none is made in vain. Logarithm, sine and
cosine are spelled out below in additions, multiplications, divisions and square roots of float32,
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
_ROWS = 4  # of one channel share a Philox block, which has four words, and makes four normals

# Blocks worked on at once. On one core 3 channels take 22 ms a megapixel; with 2^14 at once it is
# 32 ms, for the calls' own time, and with 2^18 26 ms, for the cache cannot hold them.
_CPU_BLOCKS = 2**16
_GPU_BLOCKS = 2**20
_GPU_PIXELS = 2**20
_GPU_STEPS = 16
"""As many are made at once, where they fit: some 150 operations, each of which costs a GPU's host a
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
    # Apple's GPUs round divisions and square roots in ways of their own; the CPU computes for them.
    place = torch.device("cpu") if target.type == "mps" else target
    columns = torch.arange(x, x + width, device=place) & _WORD  # (W,)
    first, end = y // _ROWS, (y + height - 1) // _ROWS + 1
    rows = torch.arange(first, end, device=place)[:, None] & _WORD  # (R, 1), of blocks
    steps = torch.arange(step, step + count, device=place)[:, None, None, None]  # (N, 1, 1, 1)
    planes = torch.arange(channels, device=place)[:, None, None]  # (C, 1, 1)
    key = seed & _WORD, seed >> 32
    out = torch.empty((count, channels, len(rows), _ROWS, width), device=place)
    band = max(1, _blocks_at_once(place) // (count * channels * width))
    for top in range(0, len(rows), band):
        words = philox4x32((columns, rows[top : top + band], steps, planes), key)
        part = out[:, :, top : top + band]
        part[..., 0, :], part[..., 1, :] = _normals(words[0], words[1])
        part[..., 2, :], part[..., 3, :] = _normals(words[2], words[3])
    start = y - first * _ROWS
    return out.flatten(2, 3)[:, :, start : start + height].contiguous().to(target)


@dataclass(frozen=True)
class NoiseWeights:
    """The noise's standard deviation along grey and along the colours, as shares of sigma.

    Grey is the mean of the channels, colour what each has beyond it. The solvers' steps are right
    for any: of the levels they know only ratios, which are the same along every axis.
    """

    grey: float = 1.0
    colour: float = 1.0


EVEN = NoiseWeights()


def weighted(z: Tensor, weights: NoiseWeights) -> Tensor:
    """The noise z (N, C, H, W) with each of its parts times its weight."""
    if weights == EVEN:
        return z
    total = torch.zeros_like(z[:, :1])
    for channel in range(z.shape[1]):  # in this order, so that every device rounds alike
        total += z[:, channel : channel + 1]
    grey = total / z.shape[1]
    return (z - grey).mul_(weights.colour).add_(grey.mul_(weights.grey))


@dataclass(frozen=True)
class CanvasNoise:
    """What samplers ask: ``noise(step)``, `canvas_noise` of one window, weighted; (1, C, H, W)."""

    seed: int
    x: int
    y: int
    width: int
    height: int
    channels: int = 3
    device: torch.device | str = "cpu"
    weights: NoiseWeights = EVEN
    _made: dict[int, Tensor] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, step: int) -> Tensor:
        count = _steps_at_once(torch.device(self.device), self.width * self.height)
        first = step - step % count
        made = self._made.get(first)
        if made is None:
            window = self.x, self.y, self.width, self.height, self.channels
            made = weighted(
                canvas_noises(self.seed, first, count, *window, self.device), self.weights
            )
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
    # They grow to the common shape only as they mix: where each has a dimension of its own, the
    # first rounds cost next to nothing. Their copies are worked on in place, for a CPU's cache.
    c0, c1, c2, c3 = (word.clone() for word in counter)
    k0, k1 = key
    for _ in range(10):
        # The products wrap into int64's sign; the arithmetic shift and the mask undo it. c1 and c3
        # carry waste above bit 31 until the mask of the next round, which saves two operations.
        low, high = c0.mul_(_MULTIPLIERS[0]), c2.mul_(_MULTIPLIERS[1])
        c0, c1 = _xor(high >> 32, c1.bitwise_xor_(k0)).bitwise_and_(_WORD), high
        c2, c3 = _xor(low >> 32, c3.bitwise_xor_(k1)).bitwise_and_(_WORD), low
        k0, k1 = (k0 + _WEYL[0]) & _WORD, (k1 + _WEYL[1]) & _WORD
    return c0, c1.bitwise_and_(_WORD), c2, c3.bitwise_and_(_WORD)


def _xor(spent: Tensor, word: Tensor) -> Tensor:
    return spent.bitwise_xor_(word) if spent.shape == word.shape else spent ^ word


def _normals(radial: Tensor, angular: Tensor) -> tuple[Tensor, Tensor]:
    """Two independent standard normals from two words (Box and Muller 1958), float32.

    The angle is a half turn about the x axis from the lower 31 bits; bit 31 mirrors it at the
    origin, which together cover the circle evenly. With S twice the sine of half the angle, its
    cosine is 1 - S²/2 and its sine S √(1 - S²/4).
    """
    radius = _minus_two_log(radial.float().add_(0.5).mul_(2.0**-32)).sqrt_()
    angular = angular.to(torch.int32)  # keeps the lower 32 bits
    radius.view(torch.int32).bitwise_xor_(angular & -(2**31))
    half = angular.bitwise_left_shift_(1).float().mul_(math.pi / 2**33)
    s = half.mul_(_polynomial(half * half, _TWO_SINES))
    square = s * s
    # alpha is a power of two, so that a fused multiplication and addition rounds no differently.
    cosine = torch.rsub(square, 1, alpha=0.5)
    sine = s.mul_(torch.rsub(square, 1, alpha=0.25).sqrt_())
    return cosine.mul_(radius), sine.mul_(radius)


# Polynomials in the square of the argument, of the least greatest relative error: 2 sin x / x for
# |x| < π/4 (3e-9) and 4 artanh x / x for |x| < (√2 - 1) / (√2 + 1) (1.2e-7, halved by the square
# root that follows). float32's own rounding is 6e-8.
_TWO_SINES = [1.99999999, -0.333333004, 0.0166640329, -0.00039003644]
_FOUR_ARTANHS = [4.00000048, 1.33304448, 0.82592748]
_SQRT_HALF_BITS = 0x3F3504F3  # √½ as a float32


def _minus_two_log(u: Tensor) -> Tensor:
    """-2 ln u for float32 u in (0, 1]: u = m 2^e with m in [√½, √2), ln m = 2 artanh s.

    u is spent.
    """
    bits = u.view(torch.int32)
    exponent = (bits - _SQRT_HALF_BITS).bitwise_right_shift_(23)
    of_exponent = exponent.float().mul_(-2 * math.log(2))
    m = bits.sub_(exponent.bitwise_left_shift_(23)).view(torch.float32)
    s = m - 1
    s.div_(m.add_(1))
    series = _polynomial(s * s, _FOUR_ARTANHS)
    return of_exponent.sub_(s.mul_(series))


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


def _blocks_at_once(place: torch.device) -> int:
    # torch gives each of its threads 2^15 numbers of an operation or more.
    return _CPU_BLOCKS * torch.get_num_threads() if place.type == "cpu" else _GPU_BLOCKS


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
