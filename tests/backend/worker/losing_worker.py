"""The real worker on a GPU that falls off the bus in the first edit of seed 13, once.

Of torch it replaces the one thing that cannot be had here: what it raises then.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from backend.models.model import Model
from backend.worker import __main__ as worker
from backend.worker import edits
from backend.worker.job import EditStep
from protocol.messages import EditRequest

SAID = "CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported"


def main() -> int:
    lost = Path(sys.argv.pop())
    run_edit = edits.run_edit

    def run(request: EditRequest, model: Model) -> Iterator[EditStep]:
        for step in run_edit(request, model):
            yield step
            if request.seed == 13 and not lost.exists():
                lost.touch()
                raise RuntimeError(SAID)

    edits.run_edit = run
    return worker.main()


if __name__ == "__main__":
    sys.exit(main())
