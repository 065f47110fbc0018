"""`sdedit models`: the models there are, and new ones from checkpoints."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.cli.outcomes import FAILED, OK, WrongInput
from backend.cli.progress_line import ProgressLine

NAME = "models"
HELP = "List the models that edits can use, or import one."

SOURCE_HELP = (
    "a checkpoint of SDEdit, DDPM, guided-diffusion or score_sde's NCSN++; a single file or folder "
    'of diffusers; or a name on the Hugging Face hub, "owner/name"'
)
CONFIG_HELP = (
    "a JSON file with the settings that the weights do not tell, named as the checkpoint's own "
    "program names them"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="list the models (the default)", description=HELP)
    help_text = "Convert a checkpoint, once, to a model that edits can use."
    importing = actions.add_parser("import", help=help_text, description=help_text)
    importing.add_argument("source", metavar="SOURCE", help=SOURCE_HELP)
    importing.add_argument("--name", default="", help="name of the model (default: the source's)")
    importing.add_argument("--title", default="", help="what artists see (default: the name)")
    importing.add_argument(
        "--licence", default="", help="licence of the weights; see where you got them"
    )
    importing.add_argument("--config", type=Path, metavar="FILE.json", help=CONFIG_HELP)


def run(options: argparse.Namespace) -> int:
    return _import(options) if options.action == "import" else _list()


def _list() -> int:
    from backend.models.catalogue import list_models

    models = list_models()
    if not models:
        print("There is no model here. Run install.py again to put the shipped model back.")
        return FAILED
    width = max(len(model.name) for model in models)
    for model in models:
        print(f"{model.name:{width}}  {model.title} ({model.licence})")
        print(f"{'':{width}}  {model.folder}")
    return OK


def _import(options: argparse.Namespace) -> int:
    try:
        from backend.models.importing.errors import ImportRefused
        from backend.models.importing.importing import import_model
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "diffusers":
            raise
        raise WrongInput(
            "Importing a model needs the library diffusers, which is not installed.",
            "Run: python3 install.py --extras diffusers",
        ) from error
    line = ProgressLine()
    try:
        info = import_model(
            options.source,
            name=options.name,
            title=options.title,
            licence=options.licence,
            config=options.config,
            say=lambda sentence: print(sentence, flush=True),
            progress=lambda done, of: line.write(_downloaded(done, of)),
        )
    except ImportRefused as error:
        raise WrongInput(error.sentence, error.hint) from error
    finally:
        line.end()
    print(f"The model {info.name!r} is ready: {info.folder}")
    print(f"Try it: sdedit edit GUIDE.png --out OUT.png --model {info.name}")
    return OK


def _downloaded(done: int, of: int) -> str:
    """In steps of five percent, which the line does not repeat."""
    return f"Downloading: {20 * done // of * 5} % of {of / 1e6:,.0f} MB."
