"""The real bridge with real workers, whose tiles are so small that a small picture has several.

In the folder ``--folder`` each worker makes a file, and one for each tile that it predicts for
another one: helped-PID-….
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import uuid
from pathlib import Path

from backend.cluster import tile_sharing
from backend.cluster.__main__ import bridge
from backend.front.patience import PoolTimes
from backend.worker.channel import Channel

TILE_PX = 96
OVERLAP_PX = 32


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--token", type=Path, required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--device")
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    tile_sharing.LEAST_AREA = 0
    serve_here = functools.partial(serve, options.folder)
    return bridge(options.address, options.token, serve_here, PoolTimes())


def serve(folder: Path, channel: Channel) -> None:
    from backend.models.landscape import LandscapeModel
    from backend.worker.tile_help import TileHelp
    from backend.worker.work import work

    (folder / f"worker-{os.getpid()}").touch()
    LandscapeModel.tile_px, LandscapeModel.tile_overlap_px = TILE_PX, OVERLAP_PX
    do = TileHelp.do

    def do_and_tell(self, task):  # type: ignore[no-untyped-def]
        (folder / f"helped-{os.getpid()}-{uuid.uuid4()}").touch()
        return do(self, task)

    TileHelp.do = do_and_tell  # type: ignore[method-assign]
    work(channel, "cpu")


if __name__ == "__main__":
    sys.exit(main())
