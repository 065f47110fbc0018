"""Any bytes in: a message or one ProtocolError, in bounded memory."""

from __future__ import annotations

import itertools
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgpack import fallback

from protocol import framing
from protocol.errors import ProtocolError
from protocol.framing import decode, encode, job_id_of
from protocol.limits import LIMITS
from protocol.messages import KINDS, PROTOCOL_VERSION, Failed, Message

from .mutations import Mutator

FEW = 20_000
MANY = 5_000_000
MEMORY_MOST = 32 * 1024 * 1024
"""No header of 64 KiB may make decode hold more than this, nor may decoding leave this behind."""


def outcome_of(frames):
    """What became of the frames; fails unless it is a message or a ProtocolError that can be sent.

    A message must be one in full: encoded and decoded again it is the same.
    """
    job_id = job_id_of(frames)
    assert isinstance(job_id, str)
    assert len(job_id) <= LIMITS.job_id
    try:
        message = decode(frames)
    except ProtocolError as refusal:
        error = refusal
    else:
        assert isinstance(message, Message)
        assert repr(decode(encode(message))) == repr(message)
        return "message"
    assert Failed.from_error(job_id, error).sentence == error.sentence
    return error.code


def memory_in_use():
    """This process's resident bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


@given(st.lists(st.binary(max_size=200), max_size=LIMITS.frames + 2))
def test_any_bytes_give_a_message_or_one_error(frames):
    outcome_of(frames)


@given(st.data())
def test_any_values_in_a_header_give_a_message_or_one_error(data):
    leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()
    trees = st.recursive(
        leaves | st.binary(max_size=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.binary(), inner),
        max_leaves=10,
    )
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    names = st.sampled_from(sorted(KINDS[kind].__dataclass_fields__)) | st.text(max_size=3)
    values = data.draw(st.dictionaries(names, trees, max_size=4))
    outcome_of(
        [
            msgpack.packb([PROTOCOL_VERSION, kind, values]),
            *data.draw(st.lists(st.binary(), max_size=3)),
        ]
    )


@pytest.mark.parametrize("unpackb", [msgpack.unpackb, fallback.unpackb], ids=["C", "Python"])
def test_mutated_messages_give_a_message_or_one_error(unpackb, monkeypatch):
    monkeypatch.setattr(framing.msgpack, "unpackb", unpackb)
    source = Mutator(seed=1)
    outcomes = Counter(outcome_of(source.frames()) for _ in range(FEW))
    # The mutations are neither too tame nor too wild to reach all parts of decode.
    assert set(outcomes) == {"message", "protocol", "invalid-value", "version"}
    assert min(outcomes.values()) > FEW / 200


def test_the_same_seed_gives_the_same_messages():
    one, other = Mutator(seed=5), Mutator(seed=5)
    for _ in range(100):
        assert one.frames() == other.frames()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="counts memory through /proc")
def test_mutated_messages_leave_no_memory_behind():
    source = Mutator(seed=2)
    for _ in range(FEW // 4):
        outcome_of(source.frames())
    before = memory_in_use()
    for _ in range(FEW // 2):
        outcome_of(source.frames())
    assert memory_in_use() - before < MEMORY_MOST / 4


@pytest.mark.parametrize("unpackb", [msgpack.unpackb, fallback.unpackb], ids=["C", "Python"])
@pytest.mark.parametrize(
    "token",
    [b"\x90", b"\x80", b"\xa0", b"\xdc\x01\x00", b"\xde\x01\x00\xa0", b"\x91", b"\x92\x80"],
    ids=["lists", "maps", "texts", "long lists", "long maps", "nested lists", "nested pairs"],
)
def test_the_costliest_headers_stay_within_the_memory_bound(token, unpackb, monkeypatch):
    monkeypatch.setattr(framing.msgpack, "unpackb", unpackb)
    row = b"\xdc\x01\x00" + token * 256
    for body in (token * LIMITS.header_bytes, b"\xdc\x01\x00" + row * LIMITS.items):
        header = (b"\x93%c" % PROTOCOL_VERSION + body)[: LIMITS.header_bytes]
        tracemalloc.start()
        outcome_of([header])
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < MEMORY_MOST


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_millions_of_mutated_messages_give_a_message_or_one_error():
    """Run by hand, with -m long -s; the figures go to benchmarks/RELIABILITY.md."""
    seed = int(time.time())
    source = Mutator(seed)
    outcomes = Counter()
    memory = []
    began = time.perf_counter()
    for _ in range(10):
        batch = (outcome_of(source.frames()) for _ in itertools.repeat(None, MANY // 10))
        outcomes.update(batch)
        memory.append(memory_in_use())
    seconds = time.perf_counter() - began
    print(f"\nseed {seed}: {MANY} messages in {seconds:.0f} s, {dict(outcomes)}")
    print("resident MiB after each tenth:", [round(size / 2**20, 1) for size in memory])
    assert max(memory) - memory[0] < MEMORY_MOST
