"""`sdedit bench` runs, and says what is wrong with what it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.cli.command import main
from backend.evaluation.speed import measurement
from backend.models.landscape import save_model
from tests.backend.cli.sdedit_command import sdedit
from tests.backend.evaluation.speed.small_models import LANDSCAPE, small_landscape

TURNS = ("--model", "small", "--size", "32", "--steps", "2", "--rounds", "2")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one small model."""
    folder = tmp_path / "home"
    described = LANDSCAPE | {
        "title": "Small",
        "licence": "none",
        "network": {"widths": [8, 8], "blocks": 1, "middle": 1},
    }
    save_model(folder / "models" / "small", small_landscape().network, described, "# Small\n")
    monkeypatch.setenv("SDEDIT_HOME", str(folder))
    return folder


def test_it_prints_a_report_and_writes_it_beside_those_of_other_machines(
    home: Path, tmp_path: Path
) -> None:
    report = tmp_path / "RESULTS.md"
    report.write_text("# Results\n\n## CUDA: another\n\nfigures\n", encoding="utf-8")

    done = sdedit(home.parent, "bench", *TURNS, "--memory", "16", "--out", str(report))

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("## CPU: ")
    assert "### Small, 32 × 32 px, t0 0.45" in done.stdout
    for loop in ("the network alone", "SDEdit for Krita", "the released SDEdit"):
        assert f"\n| {loop}" in done.stdout
    assert "\n| 16 × 16 px | 0." in done.stdout
    assert report.read_text(encoding="utf-8") == (
        f"# Results\n\n## CUDA: another\n\nfigures\n\n{done.stdout}"
    )
    assert "small, round 2 of 2: SDEdit for Krita" in done.stderr


@pytest.mark.usefixtures("home")
def test_a_compiled_network_makes_the_same_comparison(capsys, monkeypatch) -> None:
    """Whether the machine has a compiler is not looked at here: torch's eager backend stands in."""
    monkeypatch.setattr(measurement, "HAS_DIFFUSERS", False)
    monkeypatch.setattr(
        measurement,
        "compile_for",
        lambda network, _device: network.compile(backend="eager", dynamic=False),
    )

    assert main(["bench", *TURNS, "--compile"]) == 0

    assert "The network was compiled, which took " in capsys.readouterr().out


@pytest.mark.usefixtures("home")
def test_without_diffusers_a_sentence_says_so(capsys, monkeypatch) -> None:
    monkeypatch.setattr(measurement, "HAS_DIFFUSERS", False)

    assert main(["bench", *TURNS]) == 0
    assert "diffusers is not installed, so its loop was not measured." in capsys.readouterr().out

    assert main(["bench", *TURNS, "--ddpm"]) == 2
    assert capsys.readouterr().err == (
        "--ddpm needs the library diffusers, which is not installed. "
        "Run: python3 install.py --extras diffusers\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--rounds", "0"), "rounds is 0; it must be a whole number 1–1000."),
        (("--steps", "0"), "steps is 0; it must be a whole number 1–"),
        (("--size", "-1"), "size is -1; it must be a whole number 1–32768."),
        (("--memory", "0"), "memory is 0; it must be a whole number 1–32768."),
        (("--size", "500"), "size is 500; the model 'small' edits that size in several scales"),
        (("--model", "none"), "There is no model called 'none'. The models here: landscape, small"),
        (("--out", "no/such/FILE.md"), "The folder "),
        (("--size", "x"), "Argument --size: invalid int value: 'x'. Run 'sdedit bench --help'"),
    ],
)
@pytest.mark.usefixtures("home")
def test_wrong_arguments_are_told_in_a_sentence(
    capsys, arguments: tuple[str, ...], sentence: str
) -> None:
    try:
        code: object = main(["bench", "--model", "small", *arguments])
    except SystemExit as stopped:  # argparse's own
        code = stopped.code

    assert code == 2
    said = capsys.readouterr()
    assert said.err.splitlines()[-1].startswith(sentence)
    assert said.out == ""


@pytest.mark.usefixtures("home")
def test_a_device_that_is_not_there_is_told_in_a_sentence(capsys) -> None:
    assert main(["bench", *TURNS, "--device", "cuda:7"]) == 2
    assert capsys.readouterr().err.startswith("This machine has no device 'cuda:7'.")
