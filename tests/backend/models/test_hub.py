"""Downloads from a real HTTP server that speaks the hub's few endpoints, and from no server."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub")

from huggingface_hub import constants

from backend.models import hub
from backend.models.hub import HubError, fetch, fetch_files
from backend.models.latent.weight_files import weight_files

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 40_000

PIPELINE = {
    "model_index.json": json.dumps(
        {
            "_class_name": "StableDiffusionPipeline",
            "unet": ["diffusers", "UNet2DConditionModel"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
            "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
            "text_encoder_3": [None, None],
        }
    ).encode(),
    "README.md": b"# A model",
    "v1-5-pruned.safetensors": b"all of it again",
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.bin": b"a pickle",
    "unet/diffusion_pytorch_model.safetensors": b"whole" * LARGE,
    "unet/diffusion_pytorch_model.fp16.safetensors": b"half" * LARGE,
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"not this",
    "tokenizer/vocab.json": b'{"a": 0}',
    "tokenizer/merges.txt": b"",
    "safety_checker/model.safetensors": b"not this",
    "text_encoder_3/model.safetensors": b"not this",
}
NEEDED = {
    "model_index.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "tokenizer/vocab.json",
    "tokenizer/merges.txt",
}


class Hub:
    """A hub on this machine with one model, "owner/model". asked: (path, Range) of every GET."""

    def __init__(self) -> None:
        self.files = dict(PIPELINE)
        self.sent = self.files  # what it really sends
        self.status = 200
        self.error_code = ""
        self.breaks_after: int | None = None
        self.asked: list[tuple[str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self, has_body=True)

            def do_HEAD(self) -> None:
                outer.answer(self, has_body=False)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, request: BaseHTTPRequestHandler, has_body: bool) -> None:
        path = request.path.partition("?")[0]
        if has_body:
            self.asked.append((path, request.headers.get("Range")))
        if re.match(r"/api/models/owner/model(/revision/\w+)?$", path) and self.status == 200:
            self.send(request, 200, self.listing(), {"Content-Type": "application/json"}, has_body)
            return
        match = re.fullmatch(rf"/owner/model/resolve/{COMMIT}/(.+)", path)
        if self.status != 200 or not match or match[1] not in self.files:
            status = self.status if self.status != 200 else 404
            code = self.error_code or ("EntryNotFound" if status == 404 else "")
            self.send(request, status, b"", {"X-Error-Code": code} if code else {}, has_body)
            return
        self.send_file(request, match[1], has_body)

    def listing(self) -> bytes:
        siblings = []
        for name, content in self.files.items():
            blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
            entry = {"rfilename": name, "size": len(content), "blobId": blob}
            if name.endswith((".safetensors", ".bin")):
                digest = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
            siblings.append(entry)
        return json.dumps({"id": "owner/model", "sha": COMMIT, "siblings": siblings}).encode()

    def send_file(self, request: BaseHTTPRequestHandler, name: str, has_body: bool) -> None:
        content = self.sent[name]
        headers = {
            "ETag": f'"{hashlib.sha256(self.files[name]).hexdigest()}"',
            "X-Repo-Commit": COMMIT,
            "Accept-Ranges": "bytes",
        }
        status = 200
        if match := re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range") or ""):
            first = int(match[1])
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            status, content = 206, content[first:]
        self.send(request, status, content, headers, has_body, self.breaks_after)

    def send(self, request, status, content, headers, has_body, breaks_after=None) -> None:
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if has_body:
            if breaks_after is not None and len(content) > breaks_after:
                request.wfile.write(content[:breaks_after])
                request.wfile.flush()
                request.close_connection = True
                request.connection.shutdown(2)
                return
            request.wfile.write(content)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A hub, and an empty cache of the hub's files."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    made = Hub()
    yield made
    made.close()


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
