"""Which files of a folder hold a part's weights. Torch-free: a download asks it too."""

from __future__ import annotations

import re
from collections.abc import Iterable

_FILE = re.compile(
    r"(?:diffusion_pytorch_model|pytorch_model|model)"
    r"(?P<half>\.fp16)?(?:-(?P<number>\d{5})-of-(?P<of>\d{5}))?\.(?P<suffix>safetensors|bin)"
)
_PREFERRED = (
    (".fp16", "safetensors"),
    (None, "safetensors"),
    (".fp16", "bin"),
    (None, "bin"),
)
"""Half precision first: a GPU computes in it, and it is half as much to download and to keep."""


def weight_files(names: Iterable[str]) -> list[str]:
    """The one complete set of weights among a folder's file names, in order; empty without one.

    Folders on the hub hold the same weights up to four times.
    """
    known = [(name, match) for name in sorted(names) if (match := _FILE.fullmatch(name))]
    for wanted in _PREFERRED:
        found = [(n, match) for n, match in known if (match["half"], match["suffix"]) == wanted]
        for name, match in found:
            if match["of"] is None:
                return [name]
        counts = {int(match["of"]) for _, match in found}
        for count in counts:
            shards = [name for name, match in found if int(match["of"]) == count]
            if len(shards) == count:
                return shards
    return []
