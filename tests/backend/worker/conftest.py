from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.local import LocalBackend


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBackend]:
    """A real backend with the real worker and the model that ships, for a whole file of tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDEDIT_HOME", str(tmp_path_factory.mktemp("home")))
        with LocalBackend("cpu") as running:
            yield running
