"""Models from the Hugging Face hub, or from another hub that HF_ENDPOINT names."""

from __future__ import annotations

import errno
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RepositoryNotFoundError,
)

from backend.models.catalogue import ModelError
from backend.models.latent.weight_files import weight_files
from backend.models.resumed_download import download_blob, sweep

Say = Callable[[str], None]
Progress = Callable[[int, int], None]
"""``progress(done, of)`` in bytes, several times a second, from any thread."""

TIMEOUT_S = 15
BLOCK_BYTES = 1 << 20
_NOT_NEEDED = ("safety_checker", "feature_extractor", "image_encoder")
_SHA256 = re.compile("[0-9a-f]{64}")
_TEXTS = (".json", ".txt", ".model")
_ROOT_TEXTS = ("model_index.json", "config.json", "scheduler_config.json")
# httpx's or requests', whichever the hub's library is built on: the base of its HTTP errors.
_HTTP_ERROR: type[Exception] = HfHubHTTPError.__bases__[0]


class HubError(ModelError):
    """The hub cannot be reached, does not have the model, or does not give it."""

    code = "hub"


def fetch(
    name: str, say: Say, progress: Progress | None = None, *, endpoint: str | None = None
) -> Path:
    """Download the diffusers model "owner/name", and return its folder in the hub's own cache.

    Only what an import needs: one set of weights of each part, and no checker or converted copies.
    A file that is there already is not downloaded again; a large one that broke off, in this call
    or an earlier one, is taken up where it stopped. Every file's hash is checked. Raises HubError.
    """
    return _fetch(name, _needed, say, progress, endpoint)


def fetch_files(name: str, files: Sequence[str], say: Say, *, endpoint: str | None = None) -> Path:
    """Download these files of the model alone, as `fetch` does."""
    return _fetch(name, lambda _names, _folder: list(files), say, None, endpoint)


Choose = Callable[[list[str], Callable[[str], Path]], list[str]]


def _fetch(
    name: str, choose: Choose, say: Say, progress: Progress | None, endpoint: str | None
) -> Path:
    with _told_plainly(name):
        say(f"Asking the hub for {name} …")
        sweep(Path(constants.HF_HUB_CACHE))
        api = huggingface_hub.HfApi(endpoint=endpoint)
        info = api.model_info(name, files_metadata=True, timeout=TIMEOUT_S)
        there = {entry.rfilename: entry for entry in info.siblings or []}
        total = _Total(progress)

        def download(file: str) -> Path:
            if file not in there:
                raise HubError(
                    f"{name} on the hub has no {file}.",
                    "Name a model in the diffusers format, or download a single file yourself "
                    "and import that.",
                )
            entry = there[file]
            cached = huggingface_hub.try_to_load_from_cache(name, file, revision=info.sha)
            blob = None
            if entry.lfs is not None and not isinstance(cached, str):
                blob = _download_large(name, file, info.sha, entry.lfs, endpoint, say, total.bar)
            path = Path(
                huggingface_hub.hf_hub_download(
                    name, file, revision=info.sha, endpoint=endpoint, tqdm_class=total.bar
                )
            )
            if blob is not None and not path.is_symlink():
                blob.unlink(missing_ok=True)  # Without links, the library has made a copy.
            _check_hash(path, entry)
            return path

        files = choose(list(there), download)
        total.of = sum(there[file].size or 0 for file in files if file in there)
        say(f"Downloading {total.of / 1e6:,.0f} MB in {len(files)} files …")
        paths = [download(file) for file in files]
        depth = len(Path(files[0]).parts)
        return paths[0].parents[depth - 1]


def _download_large(
    name: str,
    file: str,
    revision: str | None,
    lfs: Any,
    endpoint: str | None,
    say: Say,
    bar: type[Any],
) -> Path | None:
    """Put its content where the library looks for it: in its cache, under its hash.

    Returns None, and downloads nothing, on a hub that tells of contents by other names.
    """
    url = huggingface_hub.hf_hub_url(name, file, revision=revision, endpoint=endpoint)
    told = huggingface_hub.get_hf_file_metadata(url, timeout=TIMEOUT_S)
    if told.etag != lfs.sha256 or not _SHA256.fullmatch(lfs.sha256):
        return None
    cache, folder = Path(constants.HF_HUB_CACHE), f"models--{name.replace('/', '--')}"
    blob: Path = cache / folder / "blobs" / lfs.sha256
    download_blob(blob, url, lfs.size, cache / ".locks" / folder / f"{blob.name}.lock", say, bar)
    return blob


def _needed(names: list[str], download: Callable[[str], Path]) -> list[str]:
    """The files an import needs: of the parts that model_index.json names, or of the root."""
    needed: list[str] = [name for name in _ROOT_TEXTS if name in names]
    folders = [""]
    if "model_index.json" in names:
        index = json.loads(download("model_index.json").read_text(encoding="utf-8"))
        parts = [part for part, made in index.items() if isinstance(made, list) and made[-1]]
        folders += [part for part in parts if part not in _NOT_NEEDED]
    for folder in folders:
        inside = {
            name.rpartition("/")[2]: name for name in names if name.rpartition("/")[0] == folder
        }
        needed += [inside[name] for name in weight_files(inside)]
        if folder:
            needed += [
                whole
                for name, whole in inside.items()
                if name.endswith(_TEXTS) and ".index." not in name
            ]
    if not any(name.endswith((".safetensors", ".bin")) for name in needed):
        raise HubError(
            "That model on the hub is not in the diffusers format.",
            "Download its checkpoint file yourself, and import that.",
        )
    return sorted(set(needed))


class _Total:
    """Bytes downloaded over all files, told to ``progress``."""

    def __init__(self, progress: Progress | None) -> None:
        self.of = 0
        done = 0

        def add(count: float) -> None:
            nonlocal done
            done += int(count)
            if progress is not None and self.of:
                progress(min(done, self.of), self.of)

        class Bar(huggingface_hub.utils.tqdm):  # type: ignore[misc, name-defined]
            """Shows nothing itself."""

            def __init__(self, *args: Any, **options: Any) -> None:
                add(options.get("initial") or 0)
                super().__init__(*args, **{**options, "disable": True})

            def update(self, n: float | None = 1) -> None:
                add(n or 0)

        self.bar = Bar


def _check_hash(path: Path, entry: Any) -> None:
    """Raise HubError, and remove the file, unless it has the hash that the hub tells.

    Large files have a SHA-256; small ones git's SHA-1 of "blob", length and content.
    """
    if entry.lfs is not None:
        digest, wanted = hashlib.sha256(), entry.lfs.sha256
    else:
        digest, wanted = hashlib.sha1(usedforsecurity=False), entry.blob_id
        digest.update(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    if digest.hexdigest() != wanted:
        path.resolve().unlink()
        raise HubError(
            f"{entry.rfilename} was damaged on its way from the hub.", "Download it again."
        )


@contextmanager
def _told_plainly(name: str) -> Iterator[None]:
    """Raises HubError in place of whatever goes wrong with the hub, the network or the disk."""
    try:
        yield
    except HFValidationError as error:
        raise HubError(f"{name!r} is no name on the hub.", 'It is like "owner/name".') from error
    except GatedRepoError as error:
        raise HubError(
            f"{name} is only given to those who accepted its licence.",
            "Accept it on the model's page, then log in here: hf auth login.",
        ) from error
    except RepositoryNotFoundError as error:
        raise HubError(
            f"There is no model {name} on the hub, or it is private.",
            "Check the name; for a private model log in: hf auth login.",
        ) from error
    except HfHubHTTPError as error:
        raise HubError(
            f"The hub answered with an error ({error.response.status_code}).",
            "Try again later; what has come is kept.",
        ) from error
    except (_HTTP_ERROR, OSError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise HubError(
                "The disk is full.",
                "Make room, or name a folder on another disk in HF_HOME; then try again: what has "
                "come is kept.",
            ) from error
        raise HubError(
            f"No network, or the hub cannot be reached: {_reason(error)}.",
            "Check the connection and try again, or import a folder or file that you have.",
        ) from error


def _reason(error: BaseException) -> str:
    """The innermost cause, in its own words."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
