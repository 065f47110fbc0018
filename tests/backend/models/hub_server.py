"""A real HTTP server on this machine that speaks the hub's few endpoints."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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
    """A hub on this machine with one model, "owner/model".

    asked: (path, Range) of every GET. breaks_after: bytes, after which every answer's connection
    breaks. holds_after: bytes, after which the next answer waits until it `goes_on`.
    """

    def __init__(self) -> None:
        self.files = dict(PIPELINE)
        self.sent = self.files  # what it really sends
        self.status = 200
        self.error_code = ""
        self.breaks_after: int | None = None
        self.holds_after: int | None = None
        self.goes_on = threading.Event()
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
        self.goes_on.set()
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
            "ETag": f'"{self.etag(name)}"',
            "X-Repo-Commit": COMMIT,
            "Accept-Ranges": "bytes",
        }
        status = 200
        if match := re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range") or ""):
            first = int(match[1])
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            status, content = 206, content[first:]
        self.send(request, status, content, headers, has_body, self.breaks_after)

    def etag(self, name: str) -> str:
        return hashlib.sha256(self.files[name]).hexdigest()

    def send(self, request, status, content, headers, has_body, breaks_after=None) -> None:
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if not has_body:
            return
        if breaks_after is not None and len(content) > breaks_after:
            request.wfile.write(content[:breaks_after])
            request.wfile.flush()
            request.close_connection = True
            request.connection.shutdown(2)
            return
        with contextlib.suppress(ConnectionError):  # of whoever was killed meanwhile
            if self.holds_after is not None and len(content) > self.holds_after:
                sent, self.holds_after = self.holds_after, None
                request.wfile.write(content[:sent])
                self.goes_on.wait(60)
                content = content[sent:]
            request.wfile.write(content)
