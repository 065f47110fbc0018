"""Downloads from a real HTTP server that speaks the hub's few endpoints, and from no server."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub")

from huggingface_hub import constants

from backend.models import hub
from backend.models.hub import HubError, fetch, fetch_files
from backend.models.latent.weight_files import weight_files
from tests.backend.models.hub_server import LARGE, NEEDED, PIPELINE, Hub


def silent(_sentence: str) -> None:
    pass


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def sentence_of(server: Hub, name: str = "owner/model") -> str:
    with pytest.raises(HubError) as refusal:
        fetch(name, silent, endpoint=server.url)
    assert refusal.value.hint
    return refusal.value.sentence


def test_only_what_an_import_needs_is_downloaded(server):
    folder = fetch("owner/model", silent, endpoint=server.url)

    assert files_in(folder) == NEEDED
    for name in NEEDED:
        assert (folder / name).read_bytes() == PIPELINE[name]


def test_a_model_with_its_network_at_the_root_is_downloaded_too(server):
    server.files = server.sent = {
        "config.json": b"{}",
        "model_index.json": b'{"unet": ["diffusers", "UNet2DModel"]}',
        "scheduler_config.json": b"{}",
        "diffusion_pytorch_model.bin": b"an older form of",
        "diffusion_pytorch_model.safetensors": b"the same weights",
        "picture.png": b"",
    }

    folder = fetch("owner/model", silent, endpoint=server.url)

    assert files_in(folder) == {
        "config.json",
        "model_index.json",
        "scheduler_config.json",
        "diffusion_pytorch_model.safetensors",
    }


def test_named_files_alone_are_downloaded(server):
    folder = fetch_files(
        "owner/model", ["tokenizer/vocab.json", "tokenizer/merges.txt"], silent, endpoint=server.url
    )

    assert files_in(folder) == {"tokenizer/vocab.json", "tokenizer/merges.txt"}


def test_progress_rises_to_the_whole(server):
    told: list[tuple[int, int]] = []

    fetch("owner/model", silent, lambda done, of: told.append((done, of)), endpoint=server.url)

    total = sum(len(PIPELINE[name]) for name in NEEDED)
    assert {of for _, of in told} == {total}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] >= len(PIPELINE["unet/diffusion_pytorch_model.fp16.safetensors"])


def test_what_is_there_already_is_not_downloaded_again(server):
    fetch("owner/model", silent, endpoint=server.url)
    server.asked.clear()

    fetch("owner/model", silent, endpoint=server.url)

    assert not [path for path, _ in server.asked if "/resolve/" in path]


def test_a_connection_that_breaks_is_taken_up_where_it_stopped(server, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)  # between the library's own tries
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    weights = "unet/diffusion_pytorch_model.fp16.safetensors"
    server.breaks_after = 70_000

    folder = fetch("owner/model", silent, endpoint=server.url)

    asked = [start for path, start in server.asked if path.endswith(weights)]
    assert asked == [None, "bytes=70000-", "bytes=140000-"]
    assert (folder / weights).read_bytes() == PIPELINE[weights]


def test_after_a_fetch_that_failed_the_files_that_are_complete_are_kept(server, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    server.breaks_after = 1000  # less than the library keeps of a broken connection
    assert "cannot be reached" in sentence_of(server)
    server.breaks_after = None
    server.asked.clear()

    folder = fetch("owner/model", silent, endpoint=server.url)

    (downloaded,) = [path for path, _ in server.asked if "/resolve/" in path]
    assert downloaded.endswith("fp16.safetensors")
    assert files_in(folder) == NEEDED


def test_a_file_damaged_on_its_way_is_refused_and_removed(server):
    name = "unet/diffusion_pytorch_model.fp16.safetensors"
    server.sent = {**server.files, name: b"HALF" * LARGE}
    assert "damaged" in sentence_of(server)

    server.sent = server.files
    folder = fetch("owner/model", silent, endpoint=server.url)

    assert (folder / name).read_bytes() == PIPELINE[name]


def test_a_small_file_is_checked_too(server):
    server.sent = {**server.files, "tokenizer/vocab.json": b'{"a": 1}'}

    assert "vocab.json was damaged" in sentence_of(server)


def test_an_unknown_model_is_said_to_be_unknown(server):
    server.status, server.error_code = 404, "RepoNotFound"

    assert "no model owner/model" in sentence_of(server)


def test_a_gated_model_says_that_its_licence_must_be_accepted(server):
    server.status, server.error_code = 403, "GatedRepo"

    assert "accepted its licence" in sentence_of(server)


def test_a_hub_in_trouble_is_said_with_its_number(server, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    server.status = 500

    assert "(500)" in sentence_of(server)


@pytest.mark.parametrize("name", ["a//b", "owner/model/more", "-/x", "owner/..model"])
def test_a_name_that_cannot_be_is_said_to_be_none(server, name):
    assert "no name on the hub" in sentence_of(server, name)
    assert not server.asked


def test_a_repository_that_is_no_pipeline_is_refused(server):
    server.files = server.sent = {"model.ckpt": b"", "README.md": b""}

    assert "diffusers format" in sentence_of(server)


def test_a_full_disk_is_said_to_be_full(server, monkeypatch):
    def download(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hub.huggingface_hub, "hf_hub_download", download)

    assert "disk is full" in sentence_of(server)


def test_without_a_server_it_is_said_that_the_hub_cannot_be_reached(server):
    server.close()

    assert sentence_of(server).startswith("No network, or the hub cannot be reached: ")


def test_without_a_name_server_it_is_said_that_the_hub_cannot_be_reached():
    with pytest.raises(HubError, match=r"^No network, or the hub cannot be reached: .*\.$"):
        fetch("owner/model", silent, endpoint="http://hub.invalid")


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([], []),
        (["config.json", "flax_model.msgpack"], []),
        (["model.safetensors", "pytorch_model.bin"], ["model.safetensors"]),
        (["pytorch_model.bin"], ["pytorch_model.bin"]),
        (["model-00001-of-00002.safetensors"], []),
        (
            [
                "model-00002-of-00002.safetensors",
                "model-00001-of-00002.safetensors",
                "model.safetensors.index.json",
                "pytorch_model.bin",
            ],
            ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
        ),
        (["model.fp16-00001-of-00002.safetensors", "model.safetensors"], ["model.safetensors"]),
    ],
)
def test_one_whole_set_of_weights_is_chosen(names, chosen):
    assert weight_files(names) == chosen
