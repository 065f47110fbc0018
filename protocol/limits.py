"""Size and time limits, all in one place and all finite."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The largest things either side accepts."""

    header_bytes: int = 64 * 1024
    frames: int = 25
    """Header included. An edit has up to five (header, guide, mask, profile, t0_map), a result of 8
    pictures, each with its thumbnail and as it is shown, 25."""
    profile_bytes: int = 4 * 1024 * 1024
    """An ICC profile: a printer's has one or two MiB."""
    side_px: int = 32_768
    offset_px: int = 2**31
    """Farthest from the canvas's corner, in any direction."""
    frame_bytes: int = 1024 * 1024 * 1024
    job_bytes: int = 1536 * 1024 * 1024
    """All pixels of one message together."""
    text: int = 4_096
    """Characters of a text, where its field names no smaller number."""
    job_id: int = 64
    items: int = 256
    """Longest list or map inside a header."""
    jobs_per_client: int = 16
    waiting_jobs: int = 64
    waiting_bytes: int = 4 * 1024 * 1024 * 1024
    unfinished_bytes: int = 2 * 1024 * 1024 * 1024
    """Of messages that have begun to arrive at the backend, over all clients."""
    kept_bytes: int = 2 * 1024 * 1024 * 1024
    """Pixels of final answers that no client has acknowledged yet. Beyond it, the client that has
    the most of them loses its oldest."""
    kept_answers: int = 256
    unwritten_bytes: int = 1024 * 1024 * 1024
    """Pixels that wait to be written into the history. Beyond it an edit is not kept there."""
    questions: int = 16
    """Of one client to the history, that wait for their answers."""


@dataclass(frozen=True)
class Timeouts:
    """How long each phase may take, in seconds."""

    ping_s: float = 1.0
    """Between two pings of a client."""
    silent_s: float = 4.0
    """Without any answer, after which the backend counts as not answering."""
    client_return_s: float = 60.0
    """For which the jobs of a client that has gone go on, in case it comes back; then they are
    stopped and forgotten. It covers a broken connection and a program that is started again."""
    kept_s: float = 600.0
    """For which the final answer of a job is kept when nobody acknowledges it."""
    start_s: float = 60.0
    """From starting a backend to its first answer."""
    load_s: float = 300.0
    """From a worker's start to its model being ready."""
    reach_s: float = 10.0
    """For the first connection to a backend on another machine."""
    reconnect_first_s: float = 0.1
    reconnect_most_s: float = 2.0
    handshake_s: float = 2.0
    heartbeat_s: float = 1.0
    """Between two heartbeats of ZeroMQ itself, on each side of a connection."""
    heartbeat_silent_s: float = 3.0
    """Without an answer to a heartbeat, after which ZeroMQ drops the connection."""
    heartbeat_peer_s: float = 5.0
    """The same as asked of the other side."""
    stop_s: float = 3.0
    """For a process to end by itself before it is killed."""


LIMITS = Limits()
TIMEOUTS = Timeouts()
