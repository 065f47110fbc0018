"""Recipes as text and as a command: what went in comes out, and nothing hostile gets through."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import InvalidValue
from protocol.messages import SEED_MAX
from protocol.recipes import (
    TEXT_MOST,
    alone,
    arguments,
    command_line,
    recipe_from_text,
    recipe_text,
)

from .specimens import specimen
from .strategies import PLAIN

RECIPE = {**specimen("edit", t0s=()).recipe(), "mask_digest": "ab", "t0_map_digest": ""}


@given(st.dictionaries(st.text(), PLAIN, max_size=8))
def test_a_recipe_comes_back_from_its_text(recipe):
    assert recipe_from_text(recipe_text(recipe)) == recipe
    assert recipe_text(recipe).isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        '{"a": [1]}',
        '{"a": {"b": 1}}',
        '{"t0": NaN}',
        '{"t0": 1e999}',
        '{"seed": 1' + "0" * 5_000 + "}",
        "[" * TEXT_MOST,
        '{"a": "' + "x" * TEXT_MOST + '"}',
        '{"a": "\\ud800"}',
    ],
)
def test_another_text_is_refused(text):
    with pytest.raises(InvalidValue):
        recipe_from_text(text)


@given(st.text())
def test_any_text_gives_a_recipe_or_one_error(text):
    with contextlib.suppress(InvalidValue):
        assert isinstance(recipe_from_text(text), dict)


def test_the_command_says_what_the_recipe_says():
    line = command_line(
        {**RECIPE, "t0": 0.3, "seed": 7, "prompt": "a hill, at dawn"}, is_windows=False
    )
    words = shlex.split(line)
    assert words[:4] == ["sdedit", "edit", "GUIDE.png", "--out=OUT.png"]
    for word in ("--t0=0.3", "--seed=7", "--prompt=a hill, at dawn", "--mask=MASK.png"):
        assert word in words
    assert not any(word.startswith("--t0-map") for word in words)


@pytest.mark.parametrize(("of", "words"), [("strokes", []), ("object", ["--footprint-of=object"])])
def test_a_footprint_is_asked_for_with_its_edge(of, words):
    recipe = {"t0": 0.3, "footprint_digest": "ab", "footprint_of": of, "edge_px": 12}
    footprint = ["--footprint=FOOTPRINT.png", "--edge=12"]
    assert sorted(arguments(recipe)) == sorted(["--t0=0.3", *footprint, *words])


def test_what_the_command_takes_by_itself_is_left_out():
    line = command_line({"model": "landscape", "t0": 0.5, "repeats": 1, "prompt": "", "label": ""})
    assert line == "sdedit edit GUIDE.png --out=OUT.png --model=landscape --t0=0.5"
    assert command_line({"t0s": "0.25 0.5"}).endswith(" '--t0s=0.25,0.5'")
    assert arguments({"watermark": False}) == ["--no-watermark"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell")
@pytest.mark.parametrize(
    "hostile",
    [
        "; touch canary",
        "$(touch canary)",
        "`touch canary`",
        "' ; touch canary ; '",
        '" && touch canary',
        "a\ntouch canary\n",
        "\x1b]0;title\x07",
        "--out=/etc/passwd",
        "\\'; touch canary",
        "é €😀\u202e",
    ],
)
def test_a_hostile_recipe_copied_into_a_shell_runs_nothing(hostile, tmp_path):
    line = command_line({"model": hostile, "prompt": hostile}, is_windows=False)
    assert line.isprintable(), "nothing that a terminal obeys"
    echo = line.replace("sdedit edit", r"printf %s\\0", 1)
    done = subprocess.run(["bash", "-c", echo], cwd=tmp_path, capture_output=True, check=True)
    words = done.stdout.decode().split("\0")
    assert f"--prompt={hostile}" in words
    assert list(tmp_path.iterdir()) == []


def test_powershell_gets_its_own_quotes():
    line = command_line({"prompt": "it's $env:PATH & more"}, is_windows=True)
    assert line.endswith("'--prompt=it''s $env:PATH & more'")


def test_one_of_several_pictures_has_a_recipe_alone():
    several = {"seed": SEED_MAX, "variants": 3, "t0": 0.4, "picture": 2}
    assert alone(several) == {"seed": 0, "variants": 1, "t0": 0.4}
    strip = {"seed": 5, "variants": 1, "t0": 0.4, "t0s": "0.25 0.35", "picture": 2}
    assert alone(strip) == {"seed": 5, "variants": 1, "t0": 0.35}
    assert alone({"seed": 5, "variants": 1}) == {"seed": 5, "variants": 1}
