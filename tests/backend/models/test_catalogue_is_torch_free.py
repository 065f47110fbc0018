from __future__ import annotations

import subprocess
import sys

from backend.paths import ROOT

LIST = """
import sys
from backend.models.catalogue import find_model, list_models, weights_problem
assert [model.name for model in list_models()] and not weights_problem(find_model("landscape"))
print([name for name in ("torch", "numpy", "safetensors", "PIL") if name in sys.modules])
"""


def test_models_are_listed_and_verified_without_torch(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIST],
        cwd=ROOT,
        env={"SDEDIT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
