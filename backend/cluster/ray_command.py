"""Ray's own command line in a process that ends with `sdedit node`, however that ends, and takes
along all that it has started.

    python -m backend.cluster.ray_command start --block …
"""

from __future__ import annotations

import os
import signal
import threading

from backend.lifeline import when_stdin_closes

END_S = 15.0
"""For Ray to do so by itself."""


def main() -> None:
    when_stdin_closes(_end)
    from ray.scripts.scripts import main as ray

    ray()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)  # Ray's own handler then ends the others.
    threading.Event().wait(END_S)
    os.killpg(0, signal.SIGKILL)  # what is frozen, too


if __name__ == "__main__":
    main()
