"""protocol/ is staged inside the plugin: it must need next to nothing and know no name of its own.

What it needs is the standard library, msgpack and pyzmq, and only relative imports within it.
"""

from __future__ import annotations

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROTOCOL = Path(__file__).parents[2] / "protocol"
MODULES = sorted(PROTOCOL.glob("**/*.py"))
WITHOUT_ZMQ = ["answers", "bounds", "errors", "fields", "footprints", "framing", "history_messages"]
WITHOUT_ZMQ += ["images", "limits", "message", "messages", "open_jobs", "png_text", "recipes"]
WITHOUT_ZMQ += ["requests", "sentences"]
WITH_ZMQ = ["client", "key_files", "keys", "mending", "pairing"]


def imports(path):
    """Every import in a file: (level, top-level name)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, (node.module or "").split(".")[0]


def test_every_module_is_known_here():
    assert {path.stem for path in MODULES} == {"__init__", *WITHOUT_ZMQ, *WITH_ZMQ}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_the_standard_library_msgpack_zmq_and_its_own_package(path):
    allowed = set(sys.stdlib_module_names) | {"msgpack", "zmq"}
    for level, name in imports(path):
        if level == 0:
            assert name in allowed
        else:
            assert level == 1
            assert (PROTOCOL / f"{name}.py").exists()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_only_these_modules_import_zmq(path):
    assert path.stem in WITH_ZMQ or (0, "zmq") not in set(imports(path))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_is_written_in_python_3_8(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 8))
    has_code = len(tree.body) > 1 and path.stem != "__init__"
    # Without it an annotation such as `Image | None` would be evaluated, which 3.8 cannot.
    assert not has_code or "from __future__ import annotations" in text


@pytest.fixture
def staged(tmp_path):
    """A folder with the protocol inside another package, and nothing else but what it needs."""
    shutil.copytree(PROTOCOL, tmp_path / "painting" / "wire")
    (tmp_path / "painting" / "__init__.py").touch()
    for name in ("msgpack", "zmq"):
        found = Path(importlib.util.find_spec(name).origin).parent
        for folder in found.parent.glob(f"*{name}*"):
            if folder.suffix != ".dist-info" and folder.is_dir():
                (tmp_path / folder.name).symlink_to(folder)
    return tmp_path


def run_alone(staged, code):
    """Run code in a Python that has no packages besides those in this folder."""
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys\nsys.path.append({str(staged)!r})\n{code}",
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", [*WITHOUT_ZMQ, *WITH_ZMQ])
def test_a_staged_module_runs_with_nothing_else_installed(staged, name):
    code = (
        f"import painting.wire.{name}\n"
        "loaded = [name for name in sys.modules if hasattr(sys.modules[name], '__file__')]\n"
        "tops = {name.split('.')[0] for name in loaded}\n"
        "print(*sorted(tops - set(sys.stdlib_module_names)))"
    )
    done = run_alone(staged, code)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert loaded <= {"painting", "msgpack", "zmq"}
    assert ("zmq" in loaded) == (name in WITH_ZMQ)


def test_a_staged_protocol_speaks(staged):
    code = (
        "from painting.wire.framing import decode, encode\n"
        "from painting.wire.messages import Welcome\n"
        "print(decode(encode(Welcome('backend', [{'name': 'landscape'}]))))"
    )
    done = run_alone(staged, code)
    assert done.stdout.strip() == "Welcome(backend='backend', models=({'name': 'landscape'},))"
