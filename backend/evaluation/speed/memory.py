"""How much memory one edit takes, measured in a process of its own.

    python -m backend.evaluation.speed.memory MODEL SIDE DEVICE

makes one edit of SIDE × SIDE pixels as the worker does and prints its peak in bytes. Two steps are
enough: no later one needs more.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from backend.children import end_child, module_command, start_child
from protocol.errors import SDEditError
from protocol.limits import TIMEOUTS

STEPS = 2


def is_told(device: str) -> bool:
    """Whether a process can learn its peak there: on Windows not of its own memory."""
    return sys.platform != "win32" or not device.startswith("cpu")


def peak_bytes_of_edit(model: str, side: int, device: str) -> int:
    """The most that a process held which loaded this model and made this edit.

    On a CPU its resident memory, Python and torch included; on CUDA what torch allocated there; on
    Apple's GPUs, which tell no peak, what the driver holds for it at the end.
    Raises SDEditError when the edit fails.
    """
    command = (*module_command("backend.evaluation.speed.memory"), model, str(side), device)
    process = start_child(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        output, errors = process.communicate()
    finally:
        end_child(process, TIMEOUTS.stop_s)
    if process.returncode != 0:
        said = errors.decode(errors="replace").strip().splitlines() or ["no word"]
        raise SDEditError(
            f"An edit of {side}×{side} pixels ended with: {said[-1]}",
            "Choose a smaller --memory, or close other programs.",
        )
    return int(output)


def main(model_name: str, side: int, device: str) -> int:
    import torch

    from backend.models.loading import load_model
    from backend.worker.job import run_edit
    from protocol.bounds import Bounds
    from protocol.images import Image, PixelFormat
    from protocol.messages import EditRequest

    model = load_model(model_name, device)
    pixels = b"\x80\x90\xa0\xff" * (side * side)
    guide = Image(Bounds(0, 0, side, side), PixelFormat(), pixels)
    del pixels
    request = EditRequest("memory", guide, side, side, model=model_name, steps=STEPS)
    for _ in run_edit(request, model):
        pass
    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if torch.device(device).type == "mps":
        return torch.mps.driver_allocated_memory()
    return _peak_resident_bytes()


def _peak_resident_bytes() -> int:
    try:
        # Not getrusage there: its peak begins with that of the process that started this one.
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes, on macOS
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


if __name__ == "__main__":
    try:
        print(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
    except SDEditError as error:
        sys.exit(str(error))
