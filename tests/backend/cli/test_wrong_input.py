"""Every wrong input is one sentence with a remedy and exit code 2, before a backend starts."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import backend.local
from backend.cli.command import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with guide.png, mask.png, small-mask.png, black.png, notes.png, …"""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path / "home"))
    Image.new("RGB", (20, 10), (50, 90, 140)).save("guide.png")
    Image.new("RGBA", (20, 10), (50, 90, 140, 200)).save("clear.png")
    Image.new("CMYK", (20, 10)).save("cmyk.tif")
    Image.new("L", (20, 10), 255).save("mask.png")
    Image.new("L", (10, 10), 255).save("small-mask.png")
    Image.fromarray(np.zeros((10, 20), np.uint8)).save("black.png")
    Path("notes.png").write_text("no picture")
    Path("a-folder.png").mkdir()
    os.mkfifo("pipe.png")
    Image.new("L", (20, 10)).save("read-only.png")
    Path("read-only.png").chmod(0o444)
    Image.fromarray(np.zeros((10, 20), np.uint16)).save("deep.png")
    for name, x in (("left.png", 0), ("right.png", 15)):
        some = np.zeros((10, 20), np.uint8)
        some[:, x : x + 5] = 255
        Image.fromarray(some).save(name)

    def no_backend(*_: object) -> None:
        raise AssertionError("a backend was started")

    monkeypatch.setattr(backend.local.LocalBackend, "__enter__", no_backend)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("missing.png --out out.png", "There is no file missing.png. Look at"),
        ("pipe.png --out out.png", "pipe.png is no ordinary file. Choose another file."),
        ("guide.png --out out.png --mask pipe.png", "pipe.png is no ordinary file."),
        ("a-folder.png --out out.png", "a-folder.png is a folder. Give the name"),
        ("notes.png --out out.png", "notes.png is not a picture that can be read. Save it"),
        ("cmyk.tif --out out.tif", "cmyk.tif is a CMYK picture. Save it with 8 or 16"),
        ("guide.png --out out.xyz", "'.xyz' is not a kind of picture file that can be written."),
        ("guide.png --out out", "has no suffix that can be written. Use one of .png,"),
        ("guide.png --out no/such/out.png", "does not exist. Make it first"),
        ("guide.png --out a-folder.png", "a-folder.png is a folder. Give the name"),
        ("guide.png --out read-only.png", "read-only.png is write-protected. Choose another name"),
        ("guide.png --out out.png --compare read-only.png", "read-only.png is write-protected."),
        ("guide.png --out out.png --footprint small-mask.png", "The footprint small-mask.png meas"),
        ("guide.png --out out.png --footprint black.png", "Nothing is painted on black.png."),
        ("guide.png --out out.png --footprint mask.png --edge 0", "edge_px is 0; it must be"),
        (
            "guide.png --out out.png --footprint left.png --mask right.png --edge 2",
            "What is painted on left.png lies where nothing may change.",
        ),
        ("guide.png --out out.png --edge 5", "--edge is that of a footprint. Name one"),
        ("guide.png --out left.png --footprint left.png", "--out would overwrite the footprint"),
        ("deep.png --out out.jpg", "A .jpg file cannot hold 16 bits a channel as the guide has"),
        ("guide.png --out pipe.png", "pipe.png is no ordinary file. Choose another name."),
        ("clear.png --out out.jpg", "A .jpg file cannot hold transparency"),
        ("guide.png --out out.png --t0 0", "t0 is 0.0; it must be a number more than 0"),
        ("guide.png --out out.png --t0 1.1", "t0 is 1.1; it must be"),
        ("guide.png --out out.png --t0 nan", "t0 is nan; it must be"),
        ("guide.png --out out.png --t0 half", "Argument --t0: 'half' is neither a number nor"),
        ("guide.png --out out.png --t0 0,5", "nor auto; write a point for the comma: 0.5. Run"),
        (
            "guide.png --out out.png --guidance-scale 7,5",
            "is no number; write a point for the comma",
        ),
        ("guide.png --out out.png --ladder", "--ladder needs --repeats. Say how many"),
        (
            "guide.png --out out.png --ladder --repeats 2 --t0s .2,.3",
            "A ladder has a single t0; t0s must be left out.",
        ),
        (
            "guide.png --out out.png --ladder --repeats 9",
            "repeats is 9; with ladder it must be at most 8.",
        ),
        ("guide.png --out out.png --steps 0", "steps is 0; it must be a whole number 1–"),
        ("guide.png --out out.png --steps 1.5", "Argument --steps: invalid int value"),
        ("guide.png --out out.png --seed -1", "seed is -1; it must be"),
        ("guide.png --out out.png --model other", "There is no model called 'other'. The models"),
        ("guide.png --out out.png --mask missing.png", "There is no file missing.png."),
        ("guide.png --out out.png --mask small-mask.png", "measures 10×10 pixels, the guide 20×10"),
        ("guide.png --out out.png --mask black.png", "has no white, so nothing may change. Paint"),
        ("guide.png --out mask.png --mask mask.png", "--out would overwrite the mask mask.png."),
        (
            "guide.png --out out.png --t0-map small-mask.png",
            "The t0 map small-mask.png measures 10",
        ),
        ("guide.png --out out.png --t0-map black.png", "The t0 map black.png is black wherever"),
        ("guide.png --out mask.png --t0-map mask.png", "--out would overwrite the t0 map mask.png"),
        ("guide.png --out out.png --t0s .2,.x", "Argument --t0s: '.2,.x' are not numbers with"),
        ("guide.png --out out.png --t0s .2,.3 --t0 .4", "Argument --t0: not allowed with"),
        ("guide.png --out out.png --t0s .2,2", "t0s[1] is 2.0; it must be a number more than 0"),
        ("guide.png --out out.png --t0s .2,.20", "--t0s names a t0 twice."),
        (
            "guide.png --out out.png --t0s .2,.3 --variants 2",
            "variants is 2; with t0s or ladder it must",
        ),
        (
            "guide.png --out guide.png --t0s 1,.5 --compare guide-t0-0.5.png",
            "--compare would overwrite guide-t0-0.5.png.",
        ),
        ("guide.png --out out.png --variants 0", "variants is 0; it must be a whole number 1–8."),
        ("guide.png --out out.png --variants 9", "variants is 9; it must be a whole number 1–8."),
        ("guide.png --out out.png --repeats 0", "repeats is 0; it must be"),
        ("guide.png --out out.png --guidance-scale -1", "guidance_scale is -1.0; it must be"),
        ("guide.png --out guide.png", "--out would overwrite the painting guide.png."),
        ("guide.png --out out.png --compare out.png", "--compare would overwrite out.png."),
        ("guide.png --out out.png --compare guide.png", "--compare would overwrite guide.png."),
        ("guide.png --out out.png --compare both.gif", "A .gif file cannot hold"),
        ("guide.png", "The following arguments are required: --out. Run 'sdedit edit --help'"),
        ("guide.png --out out.png --speed 9", "Unrecognized arguments: --speed 9. Run"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, words: str
) -> None:
    before = sorted(folder.rglob("*"))
    try:
        code = main(["edit", *arguments.split()])
    except SystemExit as stop:
        code = int(stop.code or 0)
    output = capsys.readouterr()
    assert code == 2
    assert output.out == ""
    assert words in output.err
    assert output.err.count("\n") == 1
    assert "Traceback" not in output.err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "arguments", ["edit {} --out out.png", "verify {} guide.png", "recipe {}", "detect {}"]
)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.png", "There is no file missing.png. Look at how it is spelled.\n"),
        ("pipe.png", "pipe.png is no ordinary file. Choose another file.\n"),
        ("a-folder.png", "a-folder.png is a folder. Give the name of a file in it.\n"),
    ],
)
def test_every_command_tells_in_the_same_words_what_is_no_file_to_read(
    capsys: pytest.CaptureFixture[str], arguments: str, name: str, words: str
) -> None:
    assert main(arguments.format(name).split()) == 2
    assert capsys.readouterr() == ("", words)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", ["bench --out {}", "doctor --report {}"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pipe.png", "is no ordinary file."),
        ("a-folder.png", "is a folder."),
        ("no/file", "not exist"),
    ],
)
def test_a_report_is_refused_before_the_work_where_it_cannot_be_written(
    capsys: pytest.CaptureFixture[str], arguments: str, name: str, words: str
) -> None:
    assert main(arguments.format(name).split()) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert words in output.err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "arguments",
    ["edit {} --out out.png", "recipe {}", "detect {}", "serve --{}", "history show {}"],
)
def test_a_name_cannot_steer_the_terminal(
    capsys: pytest.CaptureFixture[str], arguments: str
) -> None:
    with contextlib.suppress(SystemExit):
        main([word.format("\x1b[2J\x9b3m\r\n\u202egnp.png") for word in arguments.split()])
    said = capsys.readouterr().err
    assert r"\x1b[2J\x9b3m\r\n\u202egnp.png" in said.replace(r"\\", "\\")
    assert said.removesuffix("\n").isprintable()


def test_an_unknown_command_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["draw"])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("draw", "serve", "edit", "models", "doctor"))
