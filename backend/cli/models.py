"""`sdedit models`: the models there are, and new ones from checkpoints."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.cli.outcomes import FAILED, OK, WrongInput
from backend.cli.progress_line import ProgressLine

NAME = "models"
HELP = "List the models that edits can use, import one, or calibrate one."

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
    help_text = "Show a model real pictures, so that it can propose a t0 and tell realism."
    calibrating = actions.add_parser("calibrate", help=help_text, description=help_text)
    calibrating.add_argument("name", metavar="NAME", help="a model that is listed")
    calibrating.add_argument(
        "pictures", type=Path, metavar="FOLDER", help="real pictures of the kind that it makes"
    )
    calibrating.add_argument(
        "--device", default="auto", help="auto, cpu, mps, cuda:0, … (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    actions = {"import": _import, "calibrate": _calibrate}
    return actions[options.action](options) if options.action in actions else _list()


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
    finally:
        line.end()
    print(f"The model {info.name!r} is ready: {info.folder}")
    print(f"Try it: sdedit edit GUIDE.png --out OUT.png --model {info.name}")
    return OK


def _calibrate(options: argparse.Namespace) -> int:
    from backend.models.devices import choose_device
    from backend.models.loading import load_model
    from backend.models.pixel_model import PixelModel
    from backend.training.calibrating import calibrate_model

    device, _ = choose_device(options.device)
    model = load_model(options.name, device)
    if not isinstance(model, PixelModel):
        raise WrongInput(
            f"The model {options.name!r} works in latents, whose residual tells little of detail.",
            "Calibrate a model of pixels.",
        )
    info = calibrate_model(model, options.pictures)
    count = info.config["calibration"]["pictures"]
    print(f"The model {info.name!r} has seen {count} real pictures and can propose a t0 now.")
    return OK


def _downloaded(done: int, of: int) -> str:
    """In steps of five percent, which the line does not repeat."""
    return f"Downloading: {20 * done // of * 5} % of {of / 1e6:,.0f} MB."
