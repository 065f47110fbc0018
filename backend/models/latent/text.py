"""A prompt as the numbers that each family's network reads."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from backend.models.condition import ConditionError

_REMEMBERED = 8
_T5_TOKENS = {"sd3": 256, "flux": 512}
"""As in the families' own pipelines."""


@dataclass(frozen=True, eq=False)
class Text:
    """tokens: (1, L, D), one row for each token. pooled: (1, P), the whole text, where the network
    takes that too."""

    tokens: Tensor
    pooled: Tensor | None = None

    def zeros(self) -> Text:
        """What some networks were taught to read as no text."""
        pooled = None if self.pooled is None else torch.zeros_like(self.pooled)
        return Text(torch.zeros_like(self.tokens), pooled)


class TextEncoders:
    """Tokenizers and encoders of a family.

    parts: by folder, "tokenizer", "text_encoder", "tokenizer_2", …. The encoders stay in the main
    memory and visit the device for a text it has not met lately, so that the network has its memory
    to itself. joint_width: what a missing T5 leaves empty (SD3).
    """

    def __init__(
        self, family: str, parts: dict[str, Any], device: torch.device, joint_width: int = 0
    ) -> None:
        self._family = family
        self._parts = parts
        self._device = device
        self._joint_width = joint_width
        self._remembered: OrderedDict[str, Text] = OrderedDict()
        for folder, part in parts.items():
            if folder.startswith("text_encoder"):
                # T5 was trained in bfloat16 and overflows in float16.
                is_t5 = type(part).__name__.startswith("T5")
                part.to(torch.bfloat16 if is_t5 else torch.float32).requires_grad_(False).eval()

    def encode(self, text: str) -> Text:
        """The text's numbers, on the device. Raises ConditionError if it is too long to be read."""
        if text in self._remembered:
            self._remembered.move_to_end(text)
        else:
            self._remembered[text] = self._encode(text)
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return self._remembered[text]

    @torch.no_grad()
    def _encode(self, text: str) -> Text:
        if self._family == "sd":
            return Text(self._run("", self._ids("", text)).last_hidden_state)
        if self._family == "flux":
            # T5 reads the whole text; CLIP, which sums it up, its beginning.
            pooled = self._run("", self._ids("", text, is_cut=True)).pooler_output
            return Text(self._t5("_2", text), pooled)
        is_cut = "text_encoder_3" in self._parts
        first, second = (
            self._run(number, self._ids(number, text, is_cut=is_cut), output_hidden_states=True)
            for number in ("", "_2")
        )
        # Both families read the layer before the last.
        tokens = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1)
        if self._family == "sdxl":
            return Text(tokens, second.text_embeds)
        t5 = self._t5("_3", text)
        tokens = F.pad(tokens, (0, t5.shape[-1] - tokens.shape[-1]))
        pooled = torch.cat([first.text_embeds, second.text_embeds], dim=-1)
        return Text(torch.cat([tokens, t5], dim=1), pooled)

    def _t5(self, number: str, text: str) -> Tensor:
        length = _T5_TOKENS[self._family]
        if f"text_encoder{number}" not in self._parts:
            return torch.zeros(1, length, self._joint_width, device=self._device)
        states: Tensor = self._run(number, self._ids(number, text, length)).last_hidden_state
        return states.float()

    def _ids(self, number: str, text: str, length: int = 0, *, is_cut: bool = False) -> Tensor:
        """The text's tokens, (1, length), filled up.

        Raises ConditionError if they are more, unless is_cut, which drops what is too much.
        """
        tokenizer = self._parts[f"tokenizer{number}"]
        length = length or tokenizer.model_max_length
        count = len(tokenizer(text, truncation=False, verbose=False).input_ids)
        if count > length and not is_cut:
            raise ConditionError(
                f"The text has {count} tokens, but the model reads {length}.",
                "Shorten the prompt: a token is about a short word.",
            )
        filled = tokenizer(
            text, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
        )
        ids: Tensor = filled.input_ids
        return ids

    def _run(self, number: str, ids: Tensor, **options: bool) -> Any:
        encoder = self._parts[f"text_encoder{number}"]
        encoder.to(self._device)
        try:
            return encoder(ids.to(self._device), **options)
        finally:
            encoder.to("cpu")
