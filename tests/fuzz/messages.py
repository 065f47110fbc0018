"""Hostile messages led by coverage: libFuzzer, through atheris, keeps what reaches new code.

    pip install atheris
    python -m tests.fuzz.messages CORPUS -runs=2000000

CORPUS is a folder where it keeps what it found, made where it is missing, and CORPUS.words the
names that the protocol has for kinds, fields and choices. All that libFuzzer knows can be added:
-max_total_time=600, -rss_limit_mb=512 and so on. Any outcome but a message or one
ProtocolError ends it with a crash file. Linux; run by hand: benchmarks/RELIABILITY.md has figures.

An input is the frames one after the other, each behind its length in two bytes.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import fields
from pathlib import Path

import atheris
import msgpack

with atheris.instrument_imports(include=["protocol"]):
    from protocol.fields import Choice, check_of
    from protocol.framing import encode
    from protocol.messages import KINDS

from tests.protocol.mutations import Mutator
from tests.protocol.specimens import specimens
from tests.protocol.test_hostile_bytes import outcome_of

MAX_BYTES = 1 << 13
OWN_SHARE = 3
"""One change in so many knows the protocol; the others are libFuzzer's own."""

protocol_changes = Mutator(seed=0)


def packed(frames: list[bytes]) -> bytes:
    cut = (frame[:0xFFFF] for frame in frames)
    return b"".join(struct.pack("<H", len(frame)) + frame for frame in cut)


def unpacked(data: bytes) -> list[bytes]:
    frames, place = [], 0
    while place + 2 <= len(data):
        (length,) = struct.unpack_from("<H", data, place)
        frames.append(data[place + 2 : place + 2 + length])
        place += 2 + length
    return frames


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    frames = unpacked(data)
    if seed % OWN_SHARE or not frames:
        return bytes(atheris.Mutate(data, max_size))
    return packed(protocol_changes.changed(frames))[:max_size]


def words() -> str:
    """Kinds, fields and choices as msgpack writes them, in the form of a libFuzzer dictionary."""
    found = set(KINDS)
    for item in (item for message_class in KINDS.values() for item in fields(message_class)):
        check = check_of(item)
        found |= {item.name, *(check.options if isinstance(check, Choice) else ())}
    escaped = ("".join(map("\\x{:02x}".format, msgpack.packb(word))) for word in sorted(found))
    return "".join(f'"{word}"\n' for word in escaped)


def one_input(data: bytes) -> None:
    outcome_of(unpacked(data))


def main() -> None:
    corpus = Path(next(word for word in sys.argv[1:] if not word.startswith("-")))
    corpus.mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(specimens()):
        seed = packed([bytes(frame) for frame in encode(message)])
        (corpus / f"specimen-{number}").write_bytes(seed)
    dictionary = corpus.with_suffix(".words")
    dictionary.write_text(words(), encoding="ascii")
    arguments = [sys.argv[0], f"-max_len={MAX_BYTES}", f"-dict={dictionary}", *sys.argv[1:]]
    atheris.Setup(arguments, one_input, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
