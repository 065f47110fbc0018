"""Running out of memory: how each device says it, and how to give memory back."""

from __future__ import annotations

import gc

import torch

SAID_BY_RUNTIME_ERRORS = (
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "out of memory",
    "could not create a primitive",
)
"""What the CPU allocator (on Linux and on Windows), safetensors, the MPS backend and oneDNN say in
a RuntimeError."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this error means that memory ran out, on whatever device."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(
        said in str(error).lower() for said in SAID_BY_RUNTIME_ERRORS
    )


def give_memory_back() -> None:
    """Free what nothing refers to any more, and return the GPU's cached blocks."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
