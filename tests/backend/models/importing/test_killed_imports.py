"""An import killed at any step leaves no half model, and the next one succeeds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from backend.paths import ROOT

KILLED_AT_EACH_STEP = """
import json, os, signal, sys
from pathlib import Path
import torch
from backend.models.catalogue import list_models, weights_problem
from backend.models.importing.model_folder import write_model

folder = Path(sys.argv[1]) / "mine"
network = {"sample_size": 8, "in_channels": 3, "out_channels": 3, "block_out_channels": [32]}
network |= {"down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"]}
sde = {"kind": "ddpm", "betas": "linear", "beta_start": 1e-4, "beta_end": 0.02, "timesteps": 1000}
description = {"name": "mine", "title": "Mine", "licence": "mine", "kind": "unet2d", "sde": sde}
description |= {"native_px": 8, "prediction": "epsilon", "network": network, "classes": 0}
weights = {"a": torch.ones(1000)}

STEPS = "open", "os.mkdir", "os.rename", "os.remove"

def die_at(step):
    steps = []
    def hook(event, arguments):
        if event in STEPS and str(folder) in str(arguments):
            steps.append(event)
            if len(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

for step in range(1, 100):
    child = os.fork()
    if child == 0:
        die_at(step)
        write_model(folder, description, weights, "card", lambda _: None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    listed = [model for model in list_models() if model.name == "mine"]
    whole = not any(weights_problem(model) for model in listed)
    print(json.dumps([os.WIFSIGNALED(status), len(listed), whole]), flush=True)
    if not os.WIFSIGNALED(status):
        break
    for path in folder.glob("model.json"):
        path.unlink()
"""


def test_a_kill_at_any_step_of_writing_leaves_no_half_model(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EACH_STEP, str(models)],
        env={"PYTHONPATH": str(ROOT), "SDEDIT_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ends = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(ends) > 6
    assert [was_killed for was_killed, _, _ in ends] == [True] * (len(ends) - 1) + [False]
    assert all(is_whole for _, _, is_whole in ends)
    # Only what comes after model.json has its name may find the model listed.
    assert ends[0][1] == 0
    assert ends[-1][1] == 1
