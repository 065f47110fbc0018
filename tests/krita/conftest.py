"""One warmed Krita home for the run, one Krita for each module, a clean slate for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.krita.home import SYSTEM_PATH, KritaHome
from tests.krita.session import KritaSession, warmed_data

NEEDED_PROGRAMS = ("krita", "Xvfb", "xdotool", "import", "setpriv")
FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.krita)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the ``krita`` fixture whether its test failed."""
    report = yield
    if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
        item.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def warm_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Krita's data folder with its resource database filled; skips, or with CI=true fails, where
    there is no Krita."""
    missing = [name for name in NEEDED_PROGRAMS if shutil.which(name, path=SYSTEM_PATH) is None]
    if missing:
        reason = f"not installed: {', '.join(missing)}; tests/run installs them or says how"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return warmed_data(tmp_path_factory.mktemp("warm") / "krita")


@pytest.fixture(scope="module")
def krita_home(warm_data: Path) -> Iterator[KritaHome]:
    """The home of the module's Krita; a module may install something in it by overriding this."""
    home = KritaHome(warm_data)
    try:
        yield home
    finally:
        home.remove()


@pytest.fixture(scope="module")
def krita_session(request: pytest.FixtureRequest, krita_home: KritaHome) -> Iterator[KritaSession]:
    """The module's Krita; its end is proved when the module is over."""
    with KritaSession(krita_home, request.module.__name__.rpartition(".")[2]) as session:
        yield session


@pytest.fixture
def krita(request: pytest.FixtureRequest, krita_session: KritaSession) -> Iterator[KritaSession]:
    """The module's Krita with no document open; a failure keeps a screenshot; a dialog left
    open, or an exception that went uncaught inside Krita, fails the test in which it happened."""
    yield krita_session
    if request.node.stash.get(FAILED, False):
        krita_session.keep_screenshot(f"{request.node.name}-failed")
    dialogs = krita_session.dismiss_dialogs()
    krita_session.documents.close_all()
    uncaught = krita_session.take_unhandled()
    assert not dialogs, f"dialogs were left open: {dialogs}"
    assert not uncaught, "an exception went uncaught inside Krita:\n" + "\n".join(uncaught)
