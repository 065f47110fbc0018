"""What a network predicts, and the clean picture x0 that follows from it.

The picture the network sees is alpha x, where x = x0 + sigma z; alpha is 1 for a VE model. Its
noise has the standard deviation sigma_x = alpha sigma there. Each function below solves one
definition for x0.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

X0From = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""``x0_from(output, x, sigma, alpha) -> x0``; sigma and alpha broadcast against x."""


def x0_from_epsilon(output: Tensor, x: Tensor, sigma: Tensor, _alpha: Tensor) -> Tensor:
    """epsilon = z (Ho et al. 2020)."""
    return x - sigma * output


def x0_from_x0(output: Tensor, _x: Tensor, _sigma: Tensor, _alpha: Tensor) -> Tensor:
    """The clean picture itself."""
    return output


def x0_from_v(output: Tensor, x: Tensor, sigma: Tensor, alpha: Tensor) -> Tensor:
    """v = alpha z - sigma_x x0 (Salimans and Ho 2022)."""
    return (x - sigma / alpha * output) / (1 + sigma**2)


def x0_from_score(output: Tensor, x: Tensor, sigma: Tensor, alpha: Tensor) -> Tensor:
    """score = -z / sigma_x: the gradient, in alpha x, of its log density (Song et al. 2021)."""
    return x + alpha * sigma**2 * output


X0_FROM: dict[str, X0From] = {
    "epsilon": x0_from_epsilon,
    "v": x0_from_v,
    "x0": x0_from_x0,
    "score": x0_from_score,
}
