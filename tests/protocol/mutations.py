"""Valid messages made hostile: by bits, by msgpack tokens, by values, by frames."""

from __future__ import annotations

import random

import msgpack

from protocol.framing import encode
from protocol.limits import LIMITS

from .specimens import specimens

TOKENS = [
    *(bytes([first]) for first in (0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xC0, 0xC1, 0xC2, 0xFF)),
    *(head + size for head in (b"\xdc", b"\xde") for size in (b"\x00\x00", b"\x01\x00")),
    *(head + b"\xff\xff\xff\xff" for head in (b"\xc6", b"\xc9", b"\xdb", b"\xdd", b"\xdf")),
    b"\xca\x7f\xc0\x00\x00",  # NaN
    b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00",  # infinity
    b"\xcf" + b"\xff" * 8,
    b"\xd3\x80" + b"\x00" * 7,
    b"\xd6\xff" + b"\xff" * 4,  # timestamps
    b"\xd7\xff" + b"\xff" * 8,
    b"\xc7\x0c\xff" + b"\xff" * 12,
    b"\xc7\x00\xff",
    b"\xa3\xed\xb3\xbf",  # a lone surrogate
    b"\x91" * 400,
    b"\x81\xa1k" * 400,
    b"\x91" * 3000,
    b"\xdc\x01\x00" * 3000,
]


def _nested(depth):
    made = []
    for _ in range(depth):
        made = [made]
    return made


VALUES = [
    *(None, True, False, b"", b"x", "", "RGBA", "A", "F32", "XYZA", "a\0b"),
    *(0, 1, -1, 2, 255, 256, 32_768, 32_769, 2**31, 2**32, 2**63, 2**64 - 1, -(2**63)),
    *(0.0, -0.0, 0.5, 1.0, 1e308, 5e-324, float("nan"), float("inf"), -float("inf")),
    *("x" * LIMITS.text, "x" * (LIMITS.text + 1), "😀" * LIMITS.text, "x" * 30_000),
    *([], [0] * 256, [0] * 257, [{}] * 256, [[]], {}, {"a": {}}, {"": 0}, {b"": 0, "z": 1}),
    *(dict.fromkeys(map(str, range(256)), 0), dict.fromkeys(map(str, range(300)), 0)),
    *(msgpack.ExtType(5, b""), msgpack.ExtType(5, b"x"), msgpack.Timestamp(2**40, 5)),
    *(_nested(5), _nested(200), _nested(500)),
]


class Mutator:
    """An endless source of hostile messages; the same seed gives the same messages."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._corpus = [[bytes(frame) for frame in encode(message)] for message in specimens()]
        self._header_changes = [
            self._flip_bits,
            self._insert_token,
            self._cut,
            self._repeat,
            self._splice,
            self._overwrite,
        ]

    def frames(self):
        """The next hostile message."""
        chance = self._random
        frames = list(chance.choice(self._corpus))
        if chance.random() < 0.5:
            frames[0] = self._with_other_value(frames[0])
        for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
            frames[0] = chance.choice(self._header_changes)(frames[0])
        if chance.random() < 0.2:
            self._change_frames(frames)
        return frames

    def changed(self, frames):
        """These frames, whatever they are, with one change that knows the protocol."""
        frames = list(frames)
        if self._random.random() < 0.2:
            self._change_frames(frames)
        else:
            frames[0] = self._random.choice(self._header_changes)(frames[0])
        return frames

    def _with_other_value(self, header):
        """One value or name somewhere in the header replaced by a hostile one."""
        chance = self._random
        whole = msgpack.unpackb(header)
        parent, place = whole, 2
        while chance.random() < 0.8:
            child = parent[place]
            if isinstance(child, dict) and child:
                parent, place = child, chance.choice(list(child))
            elif isinstance(child, list) and child:
                parent, place = child, chance.randrange(len(child))
            else:
                break
        if isinstance(parent, dict) and chance.random() < 0.2:
            if chance.random() < 0.5:
                parent[chance.choice(("x", "job_id", "mask", b"", "number"))] = parent[place]
            else:
                del parent[place]
        else:
            parent[place] = chance.choice(VALUES)
        return msgpack.packb(whole)

    def _any_bytes(self, length):
        return bytes(self._random.choices(range(256), k=length))

    def _place(self, header):
        return self._random.randrange(len(header) + 1)

    def _slice(self, header):
        start = self._place(header)
        return start, start + self._random.choice((1, 2, 4, 9, 40))

    def _flip_bits(self, header):
        changed = bytearray(header)
        for _ in range(self._random.choice((1, 1, 2, 8))):
            if changed:
                changed[self._random.randrange(len(changed))] ^= 1 << self._random.randrange(8)
        return bytes(changed)

    def _insert_token(self, header):
        place = self._place(header)
        return header[:place] + self._random.choice(TOKENS) + header[place:]

    def _overwrite(self, header):
        place = self._place(header)
        token = self._random.choice(TOKENS)
        return header[:place] + token + header[place + len(token) :]

    def _cut(self, header):
        start, end = self._slice(header)
        return header[:start] + (header[end:] if self._random.random() < 0.5 else b"")

    def _repeat(self, header):
        start, end = self._slice(header)
        return header[:end] + header[start:]

    def _splice(self, header):
        other = self._random.choice(self._corpus)[0]
        return header[: self._place(header)] + other[self._place(other) :]

    def _change_frames(self, frames):
        chance = self._random
        which = chance.randrange(len(frames))
        change = chance.randrange(6)
        if change == 0:
            del frames[which]
        elif change == 1:
            frames.insert(which, frames[which])
        elif change == 2:
            frames[which] = frames[which][: self._place(frames[which])]
        elif change == 3:
            frames[which] += self._any_bytes(chance.choice((1, 32, 1000)))
        elif change == 4:
            chance.shuffle(frames)
        else:
            frames[:] = [self._any_bytes(chance.randrange(64)) for _ in range(which + 1)]
