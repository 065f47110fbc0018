"""`sdedit history`: what this machine's backend has kept of the edits made with it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from backend.cli.outcomes import OK, WrongInput

if TYPE_CHECKING:
    from backend.history.entry_file import Entry
    from backend.history.store import HistoryStore, Kept

NAME = "history"
HELP = "List, show, export or clear what the backend has kept of edits."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="list the entries, newest first (the default)")
    listing.set_defaults(act=_list)
    show = actions.add_parser("show", help="show an entry's recipe")
    show.add_argument("entry", metavar="ENTRY", help="its name in the list, or how that begins")
    show.set_defaults(act=_show)
    export = actions.add_parser("export", help="write an entry's guide and pictures as PNG files")
    export.add_argument("entry", metavar="ENTRY")
    export.add_argument("folder", type=Path, metavar="FOLDER", help="where to; made if need be")
    export.set_defaults(act=_export)
    clear = actions.add_parser("clear", help="remove all entries, or those named")
    clear.add_argument("entries", nargs="*", metavar="ENTRY")
    clear.set_defaults(act=_clear)
    parser.set_defaults(act=_list)


def run(options: argparse.Namespace) -> int:
    from backend.history.store import HistoryStore
    from backend.paths import default_home

    options.act(options, HistoryStore(default_home().history))
    return OK


def find_entry(store: HistoryStore, name: str) -> Entry:
    """The entry whose name begins so. Raises WrongInput unless there is one, EntryDamaged unless
    it is whole."""
    entry = _find(store, name).read()
    if entry is None:
        raise _no_such_entry(name)
    return entry


def _find(store: HistoryStore, name: str) -> Kept:
    found = [kept for kept, entry in _all(store) if str(entry["entry"]).startswith(name)]
    if not found:
        raise _no_such_entry(name)
    if len(found) > 1:
        raise WrongInput(f"More than one entry begins with {name!r}.", "Give more of its name.")
    return found[0]


def _no_such_entry(name: str) -> WrongInput:
    return WrongInput(f"There is no entry {name!r}.", "'sdedit history list' shows them all.")


def _all(store: HistoryStore) -> Iterable[tuple[Kept, dict[str, object]]]:
    """All that can be read; of the rest it says where they are."""
    from backend.history.entry_file import EntryDamaged

    for kept in store.all():
        try:
            page = kept.page()
        except EntryDamaged as error:
            print(error, file=sys.stderr)
            continue
        if page is not None:
            yield kept, page.entries[0]


def _list(_: argparse.Namespace, store: HistoryStore) -> None:
    total = 0
    for kept, entry in _all(store):
        total += kept.nbytes
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(float(str(entry["time"]))))
        print(
            f"{entry['entry']}  {when}  {entry['width']}×{entry['height']}  "
            f"{entry['model']}  t0 {entry.get('t0s') or entry.get('t0')}  "
            f"seed {entry['seed']}  {kept.nbytes / 1e6:.1f} MB"
        )
    print(f"{total / 1e6:.1f} MB in all." if total else "Nothing is kept.")


def _show(options: argparse.Namespace, store: HistoryStore) -> None:
    from protocol.recipes import command_line

    recipe = find_entry(store, options.entry).result.recipe
    print(json.dumps(recipe, indent=1))
    print()
    print(command_line(recipe))


def _export(options: argparse.Namespace, store: HistoryStore) -> None:
    from backend.pictures.files import write_picture
    from backend.pictures.footprint import grey_of
    from backend.pictures.shown import grey_picture, layer_picture
    from protocol.images import MASK
    from protocol.recipes import recipe_text

    entry = find_entry(store, options.entry)
    options.folder.mkdir(parents=True, exist_ok=True)
    request, result = entry.request, entry.result
    for nth, picture in enumerate(result.pictures):
        path = options.folder / f"RESULT-{nth + 1}.png"
        which = {"picture": nth + 1} if len(result.pictures) > 1 else {}
        text = recipe_text({**result.recipe, **which})
        write_picture(path, layer_picture(picture, request.profile), text)
        print(f"Wrote {path}")
    write_picture(options.folder / "GUIDE.png", layer_picture(request.guide, request.profile))
    t0_map = request.t0_map
    if t0_map is not None and t0_map.format != MASK:
        t0_map = grey_of(t0_map, request.profile)
    greys = (("MASK", request.mask), ("MAP", t0_map), ("FOOTPRINT", request.footprint))
    for name, grey in greys:
        if grey is not None:
            write_picture(options.folder / f"{name}.png", grey_picture(grey))


def _clear(options: argparse.Namespace, store: HistoryStore) -> None:
    chosen = [_find(store, name) for name in options.entries] if options.entries else store.all()
    count = store.remove(chosen)
    print(f"Removed {count} entr{'y' if count == 1 else 'ies'}.")
