"""A process that keeps one edit after the other in the folder given, until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from backend.history.store import HistoryStore
from tests.backend.history.entries_made import OWNER, edit

store = HistoryStore(Path(sys.argv[1]), budget=400_000)
print("begins", flush=True)
while True:
    store.keep(OWNER, *edit(side=96))
