"""The right PyTorch: no gigabytes of CUDA without an NVIDIA card, no CPU build with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from installer import torch_choice
from installer.errors import InstallError
from installer.machine import LINUX, MACOS, WINDOWS, Machine
from installer.pip import NothingFound, Pip
from installer.project import read_project
from installer.torch_choice import CPU, CUDA, install_torch
from tests.install.made_up import machine_in, program

CUDA_NEEDS = ["filelock", 'nvidia-cudnn-cu13==9.2; platform_system == "Linux"', "triton==3.7"]
CPU_NEEDS = ["filelock", 'optree>=0.13; extra == "optree"', 'nvidia-x; extra == "gpu"']
RANGE = read_project().requirement("torch")


def report(version: str, needs: list[str]) -> dict[str, Any]:
    return {"metadata": {"name": "torch", "version": version, "requires_dist": needs}}


class Indexes(Pip):
    """Stands where pip stands: answers for each place as that place would, and notes what is
    installed from where."""

    def __init__(self, **answers: dict[str, Any] | InstallError) -> None:
        self.answers = answers
        self.installed: tuple[str, ...] = ()

    def would_install(self, requirement: str, *arguments: str, doing: str) -> dict[str, Any]:
        answer = self.answers.get(self._place(arguments), NothingFound("nothing", doing))
        if isinstance(answer, InstallError):
            raise answer
        assert requirement.startswith("torch")
        return answer

    def install(self, *arguments: str, doing: str) -> None:
        assert doing
        self.installed = arguments

    @staticmethod
    def _place(options: tuple[str, ...]) -> str:
        if "--no-index" in options:
            return "disk"
        return options[-1].rpartition("/")[2] if "--index-url" in options else "configured"


def nvidia(folder: Path, cuda: str) -> Machine:
    """A machine whose driver answers as NVIDIA's does."""
    table = f"| NVIDIA-SMI 580.65  Driver Version: 580.65  CUDA Version: {cuda} |"
    text = f'#!/bin/sh\n[ "$1" = -L ] && echo "GPU 0: NVIDIA H100" || echo "{table}"\n'
    program(folder / "usr/bin/nvidia-smi", text)
    return machine_in(folder)


def test_without_an_nvidia_driver_the_cpu_build_is_wanted(tmp_path: Path) -> None:
    assert torch_choice.wanted_accelerator(machine_in(tmp_path), "auto") == CPU


def test_with_a_working_driver_the_cuda_build_is_wanted(tmp_path: Path) -> None:
    assert torch_choice.wanted_accelerator(nvidia(tmp_path, "13.0"), "auto") == CUDA
    assert torch_choice.driver_cuda(nvidia(tmp_path, "12.4")) == (12, 4)


def test_a_driver_that_does_not_work_counts_as_none(tmp_path: Path) -> None:
    program(tmp_path / "usr/bin/nvidia-smi", "#!/bin/sh\necho NVIDIA-SMI has failed\nexit 9\n")
    assert torch_choice.wanted_accelerator(machine_in(tmp_path), "auto") == CPU


def test_asking_for_cuda_without_a_driver_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match=r"nvidia-smi.*--device cuda"):
        torch_choice.wanted_accelerator(machine_in(tmp_path), CUDA)


def test_a_cpu_wheel_on_the_disk_is_taken_first(tmp_path: Path) -> None:
    indexes = Indexes(disk=report("2.13.0+cpu", CPU_NEEDS), cpu=report("2.13.0+cpu", CPU_NEEDS))
    assert install_torch(indexes, machine_in(tmp_path), CPU, RANGE) == "2.13.0+cpu"
    assert indexes.installed == ("--no-deps", "--no-index", "torch==2.13.0+cpu")


def test_a_linux_user_without_a_card_gets_the_build_of_pytorchs_cpu_index(tmp_path: Path) -> None:
    indexes = Indexes(cpu=report("2.13.0+cpu", CPU_NEEDS), configured=report("2.13.0", CUDA_NEEDS))
    install_torch(indexes, machine_in(tmp_path), CPU, RANGE)
    assert "https://download.pytorch.org/whl/cpu" in indexes.installed


def test_a_cuda_wheel_on_the_disk_is_passed_over(tmp_path: Path) -> None:
    indexes = Indexes(disk=report("2.13.0", CUDA_NEEDS), cpu=report("2.13.0+cpu", CPU_NEEDS))
    assert install_torch(indexes, machine_in(tmp_path), CPU, RANGE) == "2.13.0+cpu"


def test_an_index_of_cpu_builds_that_pip_is_configured_with_will_do(tmp_path: Path) -> None:
    indexes = Indexes(
        cpu=InstallError("no way to download", "check"), configured=report("2.13.0", CPU_NEEDS)
    )
    assert install_torch(indexes, machine_in(tmp_path), CPU, RANGE) == "2.13.0"


def test_gigabytes_of_cuda_are_refused_rather_than_taken(tmp_path: Path) -> None:
    indexes = Indexes(
        cpu=InstallError("no way to download", "check"), configured=report("2.13.0", CUDA_NEEDS)
    )
    with pytest.raises(
        InstallError, match=r"CPU build at https://download\.pytorch\.org/whl/cpu could not"
    ):
        install_torch(indexes, machine_in(tmp_path), CPU, RANGE)
    assert indexes.installed == ()


@pytest.mark.parametrize(("cuda", "place"), [("13.0", "configured"), ("12.8", "cu126")])
def test_the_cuda_build_fits_the_driver(tmp_path: Path, cuda: str, place: str) -> None:
    indexes = Indexes(
        configured=report("2.13.0", CUDA_NEEDS), cu126=report("2.13.0+cu126", CUDA_NEEDS)
    )
    install_torch(indexes, nvidia(tmp_path, cuda), CUDA, RANGE)
    assert Indexes._place(indexes.installed[:-1]) == place


def test_a_cpu_build_is_not_passed_off_as_a_cuda_build(tmp_path: Path) -> None:
    indexes = Indexes(configured=report("2.13.0+cpu", CPU_NEEDS))
    with pytest.raises(InstallError, match="without CUDA"):
        install_torch(indexes, nvidia(tmp_path, "13.0"), CUDA, RANGE)


@pytest.mark.parametrize("system", [MACOS, WINDOWS])
def test_elsewhere_the_usual_index_has_the_cpu_build(tmp_path: Path, system: str) -> None:
    indexes = Indexes(configured=report("2.13.0", CPU_NEEDS))
    install_torch(indexes, machine_in(tmp_path, system), CPU, RANGE)
    assert indexes.installed == ("--no-deps", "torch==2.13.0")


def test_where_the_tested_release_is_not_to_be_had_the_projects_range_is_asked_for(
    tmp_path: Path,
) -> None:
    class OnlyOlder(Indexes):
        def would_install(self, requirement: str, *arguments: str, doing: str) -> dict[str, Any]:
            if requirement == torch_choice.TESTED_TORCH:
                raise NothingFound("nothing", doing)
            return super().would_install(requirement, *arguments, doing=doing)

    indexes = OnlyOlder(configured=report("2.7.0", CPU_NEEDS))
    assert install_torch(indexes, machine_in(tmp_path), CPU, RANGE) == "2.7.0"


def test_the_tested_release_is_in_the_projects_range() -> None:
    tested = tuple(int(part) for part in torch_choice.TESTED_TORCH.split("==")[1].split("."))
    least = tuple(int(part) for part in RANGE.split(">=")[1].split("."))
    assert tested >= least


def test_linux_asks_the_disk_then_pytorch_then_the_usual_index(tmp_path: Path) -> None:
    names = [place.name for place in torch_choice.places(machine_in(tmp_path, LINUX), CPU)]
    assert names == [
        "the wheels on this disk",
        "https://download.pytorch.org/whl/cpu",
        "pip's own index",
    ]
