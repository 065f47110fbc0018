"""`sdedit models`: the models there are."""

from __future__ import annotations

import argparse

NAME = "models"
HELP = "List the models that edits can use."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser  # There is nothing to choose.


def run(options: argparse.Namespace) -> int:
    from backend.models.catalogue import list_models

    del options
    models = list_models()
    if not models:
        print("There is no model here. Run install.py again to put the shipped model back.")
        return 1
    width = max(len(model.name) for model in models)
    for model in models:
        print(f"{model.name:{width}}  {model.title} ({model.licence})")
        print(f"{'':{width}}  {model.folder}")
    return 0
