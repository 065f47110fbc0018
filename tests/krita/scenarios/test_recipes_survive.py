"""A result's recipe stays with its layer: saved, opened, copied, renamed, undone and redone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.krita.documents import Layer
from tests.krita.paintings import rough_landscape
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
RECIPES = "from sdedit.krita_adapter.recipes import Recipes\n"


@pytest.fixture
def made(krita: KritaSession, docker: SDEditDocker) -> Layer:
    """A result in a document of its own."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))
    return docker.generate()


def recipe_of(krita: KritaSession, name: str) -> dict[str, Any]:
    """As a plugin that has just been loaded finds it, in the document alone."""
    layer = next(layer for layer in krita.documents.layers() if layer.name == name)
    found: dict[str, Any] = krita.run(
        RECIPES + "Recipes().of(documents.active(), layer)", layer=layer.id
    )
    return found


def name_of_document(krita: KritaSession) -> str:
    return str(krita.run(RECIPES + "Recipes().document_id(0, documents.active())"))


def opened_again(krita: KritaSession, path: Path) -> None:
    krita.documents.save_as(path)
    krita.documents.close()
    krita.documents.open(path)


def test_a_recipe_is_there_again_after_saving_renaming_and_copying(
    krita: KritaSession, made: Layer, tmp_path: Path
) -> None:
    recipe = recipe_of(krita, made.name)
    assert (recipe["seed"], recipe["steps"], recipe["t0"]) == (7, 4, 0.45)
    assert len(recipe["guide_digest"]) == 32
    document = name_of_document(krita)

    opened_again(krita, tmp_path / "first.kra")
    assert recipe_of(krita, made.name) == recipe
    assert not krita.documents.describe()["modified"], "to look is no change"
    opened_again(krita, tmp_path / "saved as another.kra")
    assert name_of_document(krita) == document

    krita.run(
        "layer = next(n for n in documents.active().rootNode().childNodes() if n.name() == name)\n"
        "layer.setName('a better name')",
        name=made.name,
    )
    assert recipe_of(krita, "a better name") == recipe
    krita.documents.activate_layer("a better name")
    krita.run("app.action('duplicatelayer').trigger()\ndocuments.active().waitForDone()")
    krita.run("windows.settle()")
    copy = next(layer for layer in krita.documents.layers() if layer.name.startswith("Copy of"))
    assert recipe_of(krita, copy.name) == recipe
    krita.documents.move_layer(copy.name, 31, -17)
    assert recipe_of(krita, copy.name) == recipe
    opened_again(krita, tmp_path / "with a copy.kra")
    assert recipe_of(krita, copy.name) == recipe
    assert recipe_of(krita, "Background") == {}


def test_keeping_a_recipe_is_no_undo_step_and_outlives_undo_and_redo(
    krita: KritaSession, made: Layer
) -> None:
    recipe = recipe_of(krita, made.name)
    assert krita.documents.undo_history()[-1] == "Add Layer"
    krita.documents.undo()
    assert krita.documents.layer_names() == ["Background"]
    krita.documents.redo()
    assert recipe_of(krita, made.name) == recipe


def test_a_document_is_not_marked_as_modified_before_there_is_a_result(
    krita: KritaSession, docker: SDEditDocker, tmp_path: Path
) -> None:
    krita.documents.create("landscape", WIDTH, HEIGHT)
    opened_again(krita, tmp_path / "painting.kra")
    docker.begin()
    assert name_of_document(krita)
    assert not krita.documents.describe()["modified"]
    docker.rest()


@pytest.mark.parametrize(
    "hostile",
    [b"\xff\xfe", b"[" * 100_000, b'{"document":7,"layers":{"x":1}}', b'{"document":"a/../b"}'],
)
def test_a_hostile_annotation_counts_as_none(krita: KritaSession, hostile: bytes) -> None:
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.run(
        "from sdedit.qt import QtCore\n"
        "documents.active().setAnnotation('sdedit', '', QtCore.QByteArray(hostile))",
        hostile=hostile,
    )
    assert recipe_of(krita, "Background") == {}
    assert len(name_of_document(krita)) == 32
