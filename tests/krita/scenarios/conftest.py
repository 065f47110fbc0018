"""The installed plugin in each module's Krita, with its docker before us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import Installation
from tests.krita.home import KritaHome
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The first test installs everything, which has a time limit of its own."""
    limit_s = float(config.getini("timeout"))
    for item in items:
        if FOLDER in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(limit_s, func_only=True))


@pytest.fixture(scope="session")
def installed_home(installation: Installation, warm_data: Path) -> KritaHome:
    """The home in which install.py was run, its Krita warmed."""
    installation.home.add_warm_data(warm_data)
    return installation.home


@pytest.fixture(scope="module")
def krita_home(installed_home: KritaHome) -> KritaHome:
    """Every module's Krita finds the installed plugin."""
    return installed_home


@pytest.fixture(scope="module")
def krita_session(request: pytest.FixtureRequest, krita_home: KritaHome) -> Iterator[KritaSession]:
    """The module's Krita; its backend computes on the processor, where an edit takes long enough
    to do something meanwhile."""
    name = request.module.__name__.rpartition(".")[2]
    with KritaSession(krita_home, name, CUDA_VISIBLE_DEVICES="") as session:
        yield session


@pytest.fixture
def docker(krita: KritaSession) -> Iterator[SDEditDocker]:
    """The docker, at rest before and after; the settings are those that make an edit short."""
    docker = SDEditDocker(krita)
    docker.show()
    docker.start_with(t0=0.45, steps=4, seed=7)
    yield docker
    docker.rest()
