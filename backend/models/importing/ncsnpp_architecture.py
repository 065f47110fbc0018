"""The architecture of an NCSN++, as the order of its modules and what each holds tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from torch import Tensor

from backend.models.importing.conversion import Weights, parts
from backend.models.importing.errors import ImportRefused

RESNET = {
    "GroupNorm_0": "norm1",
    "Conv_0": "conv1",
    "Dense_0": "time_emb_proj",
    "GroupNorm_1": "norm2",
    "Conv_1": "conv2",
    "Conv_2": "conv_shortcut",
}
ATTENTION = {
    "GroupNorm_0": "group_norm",
    "NIN_0": "to_q",
    "NIN_1": "to_k",
    "NIN_2": "to_v",
    "NIN_3": "to_out.0",
}


class Architecture:
    """What the modules tell, and what each is called in UNet2DModel."""

    def __init__(self, weights: Weights) -> None:
        self._modules = list(_modules_of(weights))
        self._next = 0
        self.names: dict[str, str] = {}
        self.widths: list[int] = []
        self.attentive: list[int] = []
        _refuse_other_kinds([kind for _, kind, _ in self._modules])
        self.is_fourier = self._next_is("fourier")  # else the embedding is fixed, and no weight
        if self.is_fourier:
            self._take("fourier", "time_proj")
        self._take("linear", "time_embedding.linear_1")
        self._take("linear", "time_embedding.linear_2")
        self.conv_in = self._take("convolution", "conv_in")
        self.nf = self._modules[self._next - 1][2]
        self.levels = 1 + sum(kind == "combination" for _, kind, _ in self._modules)
        self.blocks = self._blocks_of_first_level()
        for level in range(self.levels):
            self._take_down(level)
        self._take_resnet("mid_block.resnets.0")
        self._take_attention("mid_block.attentions.0")
        self._take_resnet("mid_block.resnets.1")
        for level in reversed(range(self.levels)):
            self._take_up(level)
        if self._next != len(self._modules):
            raise _out_of_order(self._modules[self._next][0])

    def _blocks_of_first_level(self) -> int:
        kinds = [kind for _, kind, _ in self._modules]
        first = kinds.index("combination") if "combination" in kinds else len(kinds)
        return kinds[:first].count("resnet") - 1  # its last one makes it smaller

    def _take_down(self, level: int) -> None:
        ours = f"down_blocks.{level}"
        for j in range(self.blocks):
            width = self._take_resnet(f"{ours}.resnets.{j}")
            if j == 0:
                self.widths.append(width)
                if self._next_is("attention"):
                    self.attentive.append(level)
            if level in self.attentive:
                self._take_attention(f"{ours}.attentions.{j}")
        if level < self.levels - 1:
            self._take_resnet(f"{ours}.resnet_down")
            index = self._take("combination")
            self.names[f"all_modules.{index}.Conv_0"] = f"{ours}.skip_conv"

    def _take_up(self, level: int) -> None:
        ours = f"up_blocks.{self.levels - 1 - level}"
        for j in range(self.blocks + 1):
            self._take_resnet(f"{ours}.resnets.{j}")
        if level in self.attentive:
            self._take_attention(f"{ours}.attentions.0")
        self._take("normalisation", f"{ours}.skip_norm" if level else "conv_norm_out")
        self._take("convolution", f"{ours}.skip_conv" if level else "conv_out")
        if level:
            self._take_resnet(f"{ours}.resnet_up")

    def _take_resnet(self, ours: str) -> int:
        """The width of its output."""
        index = self._take("resnet")
        self.names |= parts(f"all_modules.{index}", ours, RESNET)
        return self._modules[self._next - 1][2]

    def _take_attention(self, ours: str) -> None:
        index = self._take("attention")
        self.names |= parts(f"all_modules.{index}", ours, ATTENTION)

    def _take(self, kind: str, ours: str = "") -> int:
        """The number of the next module, which must be of this kind."""
        if not self._next_is(kind):
            raise _out_of_order(self._modules[min(self._next, len(self._modules) - 1)][0])
        index = self._modules[self._next][0]
        self._next += 1
        if ours:
            self.names[f"all_modules.{index}"] = ours
        return index

    def _next_is(self, kind: str) -> bool:
        return self._next < len(self._modules) and self._modules[self._next][1] == kind


def _modules_of(weights: Weights) -> Iterator[tuple[int, str, int]]:
    """Each module's number, kind and width, in their order; those without weights are not seen."""
    held: dict[int, dict[str, Tensor]] = {}
    for name, value in weights.items():
        match = re.fullmatch(r"all_modules\.(\d+)\.(.+)", name)
        if match is None:
            raise ImportRefused(
                f"The checkpoint has {name}, which is no part of an NCSN++.",
                "It is a variant that this version cannot import.",
            )
        held.setdefault(int(match[1]), {})[match[2]] = value
    for index in sorted(held):
        kind, key = _kind_of(held[index])
        yield index, kind, len(held[index][key])


def _kind_of(module: dict[str, Tensor]) -> tuple[str, str]:
    """What a module is, and which of its weights tells its width."""
    if "W" in module:
        return "fourier", "W"
    if "weight" in module:
        kinds = {1: "normalisation", 2: "linear", 4: "convolution"}
        return kinds.get(module["weight"].ndim, "unknown"), "weight"
    if {"GroupNorm_0.weight", "Conv_0.weight", "Conv_1.weight"} <= module.keys():
        return "resnet", "Conv_0.weight"
    if "NIN_3.W" in module:
        return "attention", "NIN_3.W"
    if "Conv_0.weight" in module and module["Conv_0.weight"].shape[1:] == (3, 1, 1):
        return "combination", "Conv_0.weight"
    return "unknown", next(iter(module))


def _refuse_other_kinds(kinds: list[str]) -> None:
    """Raise ImportRefused for score_sde's networks that UNet2DModel does not have."""
    hint = (
        "UNet2DModel has no such network; those built like ve/'s for 256 and 1024 pixels can be "
        "imported."
    )
    if kinds.count("normalisation") <= 1:
        raise ImportRefused(
            "Its output is not progressive, as of score_sde's CIFAR-10 ncsnpp and ddpmpp.", hint
        )
    if "combination" not in kinds:
        raise ImportRefused("Its input is not progressive by sums (input_skip).", hint)
    if "unknown" in kinds:
        raise ImportRefused("Its blocks are not BigGAN's (resblock_type).", hint)


def _out_of_order(index: int) -> ImportRefused:
    return ImportRefused(
        f"all_modules.{index} is not what an NCSN++ has there.",
        "The checkpoint is incomplete, or a variant that this version cannot import.",
    )
