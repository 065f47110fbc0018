"""The settings window, opened and used by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, SDEditDocker
from tests.krita.session import KritaSession


@pytest.fixture
def window(krita: KritaSession, docker: SDEditDocker) -> Iterator[None]:  # noqa: ARG001
    krita.documents.create("settings", 64, 64)
    krita.hand.click("sdedit_manage")
    krita.wait_until("widgets.state('sdedit_models')['visible']")
    yield
    krita.run("widgets.find('sdedit_settings').close()")


@pytest.mark.usefixtures("window")
def test_it_shows_the_models_with_licence_size_scale_and_sde(krita: KritaSession) -> None:
    krita.wait_until("'256 px' in widgets.state('sdedit_models')['cells']", EDIT_TIMEOUT_S)
    cells = krita.hand.widget("sdedit_models")["cells"]
    krita.screenshot("settings-models", of="sdedit_settings")
    assert "VE" in cells
    assert any(cell.endswith(" MB") for cell in cells)


@pytest.mark.usefixtures("window")
def test_an_import_that_cannot_be_says_why(krita: KritaSession) -> None:
    krita.hand.type_text("sdedit_hub_name", "/nowhere/at/all.ckpt")
    krita.wait_until("len(widgets.state('sdedit_import_words')['text']) > 20", EDIT_TIMEOUT_S)
    krita.screenshot("settings-import", of="sdedit_settings")
