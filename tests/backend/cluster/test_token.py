from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from backend.cluster.token import check_token, environment, make_token
from protocol.errors import KeyFileError


def test_a_token_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = make_token(tmp_path / "keys")
    token = path.read_text()
    assert len(token) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert make_token(tmp_path / "keys") == path
    assert path.read_text() == token


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_token(tmp_path).chmod(0o640)
    with pytest.raises(
        KeyFileError, match=r"can be opened by other users \(mode 640\)\. Run: chmod"
    ):
        check_token(tmp_path)


def test_a_missing_token_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="'sdedit node --head' makes it"):
        check_token(tmp_path)


def test_ray_is_told_to_ask_for_the_token_and_to_report_to_nobody(tmp_path: Path) -> None:
    told = environment(tmp_path / "ray-token")
    assert told["RAY_AUTH_MODE"] == "token"
    assert told["RAY_AUTH_TOKEN_PATH"] == str(tmp_path / "ray-token")
    assert told["RAY_USAGE_STATS_ENABLED"] == "0"
