"""Dataclass fields that know their own range, so that each is checked in one place.

A field is made by a function (`integer(0, 9)`); what it allows is a `Check` in its metadata.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field
from typing import Any

from .errors import InvalidValue
from .images import Image
from .limits import LIMITS
from .sentences import is_sendable, shown


class Check:
    """What a field allows: called with name and value, it returns the value to keep.

    Raises InvalidValue, naming field, value and allowed range.
    """

    def __call__(self, name: str, value: Any) -> Any:
        raise NotImplementedError


def check_of(item: Field[Any]) -> Check:
    """What this field of a message allows."""
    check: Check = item.metadata["check"]
    return check


@dataclass(frozen=True)
class Integer(Check):
    low: int
    high: int

    def __call__(self, name: str, value: Any) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not self.low <= value <= self.high:
            raise InvalidValue(
                f"{name} is {shown(value)}; it must be a whole number {self.low}–{self.high}."
            )
        return int(value)


@dataclass(frozen=True)
class Number(Check):
    low: float
    high: float
    above_low: bool

    def __call__(self, name: str, value: Any) -> float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        # NaN and the infinities fail the comparison, and so do integers no float can hold.
        if (
            not is_number
            or not self.low <= value <= self.high
            or (self.above_low and value == self.low)
        ):
            least = f"more than {self.low:g}" if self.above_low else f"at least {self.low:g}"
            raise InvalidValue(
                f"{name} is {shown(value)}; it must be a number {least} and at most {self.high:g}."
            )
        return float(value)


@dataclass(frozen=True)
class Numbers(Check):
    each: Number
    most: int

    def __call__(self, name: str, value: Any) -> tuple[float, ...]:
        if not isinstance(value, (list, tuple)) or len(value) > self.most:
            raise InvalidValue(f"{name} must be a list of at most {self.most} numbers.")
        return tuple(self.each(f"{name}[{index}]", item) for index, item in enumerate(value))


@dataclass(frozen=True)
class Text(Check):
    shortest: int
    longest: int

    def __call__(self, name: str, value: Any) -> str:
        if not is_sendable(value, self.longest) or len(value) < self.shortest:
            raise InvalidValue(
                f"{name} is {shown(value)}; "
                f"it must be text of {self.shortest} to {self.longest} characters."
            )
        return str(value)


@dataclass(frozen=True)
class Choice(Check):
    options: tuple[str, ...]

    def __call__(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise InvalidValue(
                f"{name} is {shown(value)}; it must be one of {', '.join(self.options)}."
            )
        return value


@dataclass(frozen=True)
class Boolean(Check):
    def __call__(self, name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise InvalidValue(f"{name} is {shown(value)}; it must be true or false.")
        return value


@dataclass(frozen=True)
class Picture(Check):
    optional: bool

    def __call__(self, name: str, value: Any) -> Any:
        if value is None and self.optional:
            return None
        if not isinstance(value, Image):
            raise InvalidValue(f"{name} is {shown(value)}; it must be an image.")
        return value


@dataclass(frozen=True)
class Pictures(Check):
    least: int
    most: int

    def __call__(self, name: str, value: Any) -> tuple[Image, ...]:
        if not isinstance(value, (list, tuple)) or not self.least <= len(value) <= self.most:
            raise InvalidValue(f"{name} must be a list of {self.least} to {self.most} images.")
        check = Picture(optional=False)
        return tuple(check(name, item) for item in value)


@dataclass(frozen=True)
class Blob(Check):
    most: int

    def __call__(self, name: str, value: Any) -> bytes | None:
        if value is None:
            return None
        is_bytes = isinstance(value, (bytes, bytearray, memoryview))
        if not is_bytes or not 1 <= memoryview(value).nbytes <= self.most:
            raise InvalidValue(f"{name} must be 1 to {self.most} bytes.")
        return bytes(value)


@dataclass(frozen=True)
class Record(Check):
    def __call__(self, name: str, value: Any) -> dict[str, str | int | float | bool]:
        if not isinstance(value, dict) or len(value) > LIMITS.items:
            raise InvalidValue(f"{name} must be a map of at most {LIMITS.items} entries.")
        for key, item in value.items():
            if not is_sendable(key, LIMITS.text):
                raise InvalidValue(
                    f"{name} has the key {shown(key)}; "
                    f"keys must be text of at most {LIMITS.text} characters."
                )
            if not _is_plain(item):
                raise InvalidValue(
                    f"{name} holds {shown(key)}: {shown(item)}; it may hold text of at most "
                    f"{LIMITS.text} characters, 64-bit whole numbers, finite numbers, true, false."
                )
        return dict(value)


@dataclass(frozen=True)
class Records(Check):
    def __call__(self, name: str, value: Any) -> tuple[dict[str, str | int | float | bool], ...]:
        if not isinstance(value, (list, tuple)) or len(value) > LIMITS.items:
            raise InvalidValue(f"{name} must be a list of at most {LIMITS.items} maps.")
        check = Record()
        return tuple(check(name, item) for item in value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, int):  # and bool, which is one
        return -(2**63) <= value < 2**64
    if isinstance(value, float):
        return abs(value) < float("inf")  # false for NaN too
    return is_sendable(value, LIMITS.text)


def integer(low: int, high: int, default: Any = MISSING) -> Any:
    """A whole number in [low, high]."""
    return field(default=default, metadata={"check": Integer(low, high)})


def number(low: float, high: float, default: Any = MISSING, above_low: bool = False) -> Any:
    """A finite number in [low, high], or in (low, high] with ``above_low``."""
    return field(default=default, metadata={"check": Number(low, high, above_low)})


def numbers(low: float, high: float, most: int, above_low: bool = False) -> Any:
    """At most ``most`` such numbers, kept as a tuple; none by default."""
    return field(default=(), metadata={"check": Numbers(Number(low, high, above_low), most)})


def text(longest: int = LIMITS.text, default: Any = MISSING, shortest: int = 0) -> Any:
    """A string of ``shortest`` to ``longest`` characters."""
    return field(default=default, metadata={"check": Text(shortest, longest)})


def choice(options: tuple[str, ...], default: Any = MISSING) -> Any:
    """One of these texts."""
    return field(default=default, metadata={"check": Choice(options)})


def boolean(default: Any = MISSING) -> Any:
    """True or false."""
    return field(default=default, metadata={"check": Boolean()})


def image(optional: bool = False) -> Any:
    """An `Image`; its pixels travel in a frame of their own."""
    default: Any = None if optional else MISSING
    return field(default=default, metadata={"check": Picture(optional)})


def images(most: int, least: int = 1) -> Any:
    """A list of ``least`` to ``most`` `Image`, kept as a tuple; with 0 none by default."""
    default: Any = () if least == 0 else MISSING
    return field(default=default, metadata={"check": Pictures(least, most)})


def blob(most: int) -> Any:
    """At most ``most`` bytes, which travel in a frame of their own; None by default."""
    return field(default=None, repr=False, metadata={"check": Blob(most)})


def record() -> Any:
    """A flat map of names to text, numbers and booleans; empty by default."""
    return field(default_factory=dict, metadata={"check": Record()})


def records() -> Any:
    """A list of such maps, kept as a tuple; empty by default."""
    return field(default=(), metadata={"check": Records()})
