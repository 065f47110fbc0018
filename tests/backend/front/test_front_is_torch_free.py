from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from backend.paths import ROOT
from protocol.keys import make_keys
from tests.backend.front.running_front import eventually

SERVE_AND_TELL = """
import atexit, sys
atexit.register(lambda: print("MODULES", *sys.modules))
from backend.cli.command import main
sys.exit(main(sys.argv[1:]))
"""
HEAVY = ("torch", "numpy", "PIL", "safetensors", "ray")


def test_the_real_serving_process_never_imports_torch(tmp_path: Path) -> None:
    """It serves with its real worker until stdin closes, then names every module it imported."""
    make_keys(tmp_path / "keys")
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-c", SERVE_AND_TELL, "serve", "--until-stdin-closes"]
    command += ["--data", str(tmp_path), "--ready-file", str(ready)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        eventually(ready.exists)
        log = tmp_path / "logs" / f"front-{process.pid}.log"
        eventually(lambda: "is ready on" in log.read_text(encoding="utf-8"), within_s=60)
        pid = json.loads(ready.read_text())["pid"]
        assert pid == process.pid
        if os.path.exists("/proc/self/maps"):
            assert "libtorch" not in Path(f"/proc/{pid}/maps").read_text()
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    modules = output.split("MODULES", 1)[1].split()
    assert "backend.front.server" in modules
    assert [name for name in modules if name.split(".")[0] in HEAVY] == []
