"""The real front; its worker inverts the guide instead of loading torch (see `scripted_worker`)."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from backend.front.process import LOOPBACK, FrontOptions, run_front
from backend.history.store import HistoryStore
from backend.logs import set_up_logging


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("--until-stdin-closes", action="store_true", required=True)
    parser.add_argument("--listen")
    parser.add_argument("--device")
    parser.add_argument("--history-budget")
    options = parser.parse_args()
    home = Path(os.environ["SDEDIT_HOME"])
    set_up_logging(None)

    def make_command(_device: str, _number: int) -> tuple[str, ...]:
        command = (sys.executable, "-m", "tests.backend.front.scripted_worker")
        return (*command, "--folder", str(home), *os.environ.get("WORKER", "").split())

    run_front(
        FrontOptions(
            keys=home / "keys",
            make_command=make_command,
            address=options.listen or LOOPBACK,
            is_open=options.listen is not None,
            ready_file=options.ready_file,
            until_stdin_closes=True,
            list_models=lambda: ({"name": "landscape", "title": "Landscapes"},),
            history=HistoryStore(home / "history"),
        )
    )


if __name__ == "__main__":
    main()
