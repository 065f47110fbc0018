"""A GPU that only seems to be one, for machines that have none: how the code treats a device.

Inside `SeemingGpu` tensors on "cuda:0" can be made and computed with. The CPU does the arithmetic:
nothing is learned of a GPU's speed or its rounding. But a tensor there meets one of the CPU's only
where a real GPU would let it, and what makes a program wait for its device is noted.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map_only

GPU, CPU = torch.device("cuda:0"), torch.device("cpu")
aten = torch.ops.aten
_WAITS = {aten._local_scalar_dense, aten.equal, aten.masked_select, aten.nonzero, aten._unique2}


class TensorThere(Tensor):
    """A tensor of the seeming GPU. here: its numbers."""

    here: Tensor

    @staticmethod
    def __new__(cls, here: Tensor) -> TensorThere:
        layout = {"strides": here.stride(), "storage_offset": here.storage_offset()}
        there = Tensor._make_wrapper_subclass(
            cls, here.size(), **layout, dtype=here.dtype, device=GPU
        )
        there.here = here
        return there

    def __repr__(self) -> str:
        return f"{self.here!r} there"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise AssertionError(f"{func} outside of SeemingGpu")

    # For these torch itself asks the device's library, which a build for CPUs does not have.

    def contiguous(self, memory_format=torch.contiguous_format):
        is_already = self.here.is_contiguous(memory_format=memory_format)
        return self if is_already else self.clone(memory_format=memory_format)

    def __getitem__(self, index):
        return TensorThere(self.here[_index(index)])

    def __setitem__(self, index, value):
        assert not isinstance(value, Tensor) or isinstance(value, TensorThere)
        self.here[_index(index)] = _here(value)

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def tolist(self):
        return self.cpu().tolist()


class SeemingGpu(TorchDispatchMode):
    """With it, torch takes "cuda:0" for a device.

    waits: the operations for which a program had to wait until the device had come that far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []
        self._factories = _Factories()
        self._patch = pytest.MonkeyPatch()

    def __enter__(self):
        self._patch.setattr(torch.cuda, "_lazy_init", lambda: None)
        # A network's parameters are put in place of the old ones, not into them.
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        self._factories.__enter__()
        return super().__enter__()

    def __exit__(self, *what):
        super().__exit__(*what)
        self._factories.__exit__(*what)
        torch.__future__.set_overwrite_module_params_on_conversion(False)
        self._patch.undo()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name, asked = func.overloadpacket, kwargs.get("device")
        given = [value for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor)]
        is_there = [isinstance(value, TensorThere) for value in given]
        if name in (aten._to_copy, aten.copy_):
            is_result_there = is_there[0] if asked is None else _is_gpu(asked)
            is_wait = is_there[-1] and not is_result_there
        else:
            is_result_there = any(is_there) if asked is None else _is_gpu(asked)
            is_wait = any(is_there) and name in _WAITS
            alone = [
                v for v in given if any(is_there) and not isinstance(v, TensorThere) and v.ndim
            ]
            assert not alone, f"{func} takes tensors of two devices"
        if is_wait:
            self.waits.append(str(func))
        if asked is not None:
            kwargs = {**kwargs, "device": CPU}
        out = func(*_here(args), **_here(kwargs))
        if is_result_there:
            out = tree_map_only(Tensor, TensorThere, out)
        return return_and_correct_aliasing(func, args, kwargs, out)


class _Factories(TorchFunctionMode):
    """What makes numbers into a tensor does so on the CPU, and moves it."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        device = kwargs.get("device")
        if func in (torch.tensor, torch.as_tensor) and device is not None and _is_gpu(device):
            del kwargs["device"]
            made = args[0] if isinstance(args[0], Tensor) else func(*args, **kwargs)
            return made.to(device=device, dtype=kwargs.get("dtype"))
        if func is Tensor.new_tensor and isinstance(args[0], TensorThere):
            return torch.tensor(*args[1:], **{"dtype": args[0].dtype, **kwargs}).to(GPU)
        return func(*args, **kwargs)


def _is_gpu(device: torch.device | str) -> bool:
    return torch.device(device).type == "cuda"


def _here(values: Any) -> Any:
    return tree_map_only(TensorThere, lambda there: there.here, values)


def _index(index: Any) -> Any:
    for each in tree_leaves(index):
        if isinstance(each, Tensor):
            assert isinstance(each, TensorThere), "an index on another device"
            assert each.dtype != torch.bool, "as many values as a mask lets through: a wait"
    return _here(index)
