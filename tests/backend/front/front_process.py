"""The real front as a process; its worker is ``module``, else `scripted_worker`, without torch."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from backend.front.patience import PoolTimes
from backend.front.process import FrontOptions, run_front
from backend.history.store import HistoryStore
from backend.logs import set_up_logging
from protocol.limits import LIMITS, TIMEOUTS


def main() -> None:
    options = json.loads(sys.argv[1])
    folder, budget = Path(options["folder"]), options["history_budget"]
    set_up_logging(folder / "front.log")

    def make_command(device: str, _: int) -> tuple[str, ...]:
        if options["module"]:
            return (sys.executable, "-m", options["module"], "--device", "cpu", *options["worker"])
        command = (sys.executable, "-m", "tests.backend.front.scripted_worker")
        others = options["others"] if device == "auto" else ""
        return (*command, "--folder", str(folder), "--others", others, *options["worker"])

    def make_bridge() -> tuple[str, ...]:
        cluster = options["cluster"]
        module = options["module"] or "tests.backend.cluster.scripted_bridge"
        command = (sys.executable, "-m", module, "--token", cluster["token"])
        command += ("--address", cluster["address"], *options["worker"])
        if options["module"]:
            return (*command, "--device", "cpu")
        return (*command, "--folder", str(folder), "--times", json.dumps(options["times"]))

    run_front(
        FrontOptions(
            keys=folder / "keys",
            make_command=make_command,
            devices=tuple(options["devices"]),
            make_bridge=make_bridge if options["cluster"] else None,
            ready_file=folder / "ready.json",
            until_stdin_closes=True,
            limits=replace(LIMITS, **options["limits"]),
            timeouts=replace(TIMEOUTS, **options["timeouts"]),
            times=PoolTimes(**options["times"]),
            history=HistoryStore(folder / "history", budget) if budget else None,
        )
    )


if __name__ == "__main__":
    main()
