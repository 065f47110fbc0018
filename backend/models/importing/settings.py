"""What a checkpoint's weights do not say: from --config, else from what is published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.models.importing.errors import ImportRefused
from protocol.sentences import shown


@dataclass(frozen=True)
class Setting:
    """Something that may have to be asked for.

    name: as the checkpoint's own program calls it. example: a value of the right type.
    default: the program's own, for a --config that leaves it out; None where there is none.
    """

    name: str
    meaning: str
    example: Any
    default: Any = None


IMAGE_SIZE = Setting("image_size", "the side of the pictures it was trained on, in pixels", 256)


class Settings:
    """Values by name: those told in --config, else those known of a published checkpoint.

    told may be nested, as the programs' own files are: {"data": {"image_size": 256}}.
    """

    def __init__(
        self, told: Mapping[str, Any] | None = None, known: Mapping[str, Any] | None = None
    ) -> None:
        self._told = _flat(told or {})
        self._known = known or {}
        self.assumed: dict[str, Any] = {}
        """What neither says, and the program's own default stands for."""

    @classmethod
    def read(cls, path: Path | None) -> Settings:
        """The settings of a JSON file; none without one. Raises ImportRefused."""
        return cls() if path is None else cls(read_json(path))

    def backed_by(self, known: Mapping[str, Any]) -> Settings:
        """These settings, with others for what they leave out."""
        settings = Settings(self._told, known)
        settings.assumed = self.assumed
        return settings

    def get(self, name: str) -> Any:
        """The value, unchecked; None where nothing is said."""
        value = self._told.get(name)
        return self._known.get(name) if value is None else value

    def need(self, *wanted: Setting) -> dict[str, Any]:
        """The values, each of its example's type. Raises ImportRefused, which asks for the rest."""
        values = {setting.name: self._value_of(setting) for setting in wanted}
        missing = [setting for setting in wanted if values[setting.name] is None]
        if missing:
            raise ask_for(missing)
        return values

    def check_agrees(self, name: str, found: Any) -> None:
        """Raise ImportRefused where --config says otherwise than the weights do."""
        told = self._told.get(name)
        if told in (None, ""):  # guided-diffusion's flags say "" for a default
            return
        if isinstance(found, (tuple, list)):
            told, found = _list_of(told), list(found)
        if told != found:
            raise ImportRefused(
                f"The settings say that {name} is {told}, but the weights have {found}.",
                "Give --config the settings of this very checkpoint.",
            )

    def check_attention(
        self, name: str, image_size: int, levels: int, attentive: Sequence[int]
    ) -> None:
        """Raise ImportRefused where --config has attention at other sizes than the weights do."""
        told = _list_of(self._told.get(name))
        if isinstance(told, list) and [i for i in range(levels) if image_size >> i in told] != list(
            attentive
        ):
            sizes = [image_size >> i for i in attentive]
            raise ImportRefused(
                f"The settings have attention at {told} ({name}), but the weights at {sizes} "
                f"if image_size is {image_size}.",
                "Give --config the settings of this very checkpoint.",
            )

    def _value_of(self, setting: Setting) -> Any:
        value = self.get(setting.name)
        if value is None:
            if not self._told or setting.default is None:
                return None
            self.assumed[setting.name] = setting.default
            return setting.default
        if not _is_like(value, setting.example):
            raise ImportRefused(
                f"The setting {setting.name} is {shown(value)}, which cannot be.",
                f"It is {setting.meaning}; such as {json.dumps(setting.example)}.",
            )
        return value


def ask_for(missing: Iterable[Setting]) -> ImportRefused:
    """The refusal that asks for settings, and shows how to tell them."""
    wanted = list(missing)
    *first, last = (setting.name for setting in wanted)
    names = f"{', '.join(first)} and {last}" if first else last
    meanings = "; ".join(f"{setting.name} is {setting.meaning}" for setting in wanted)
    example = json.dumps({setting.name: setting.example for setting in wanted})
    return ImportRefused(
        f"The weights alone do not tell {names}.",
        f"Write them into a JSON file, such as {example}, and add --config FILE.json. "
        f"There {meanings}.",
    )


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises ImportRefused."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise ImportRefused(
            f"{path} is not a JSON file.", 'It must be like {"image_size": 256}.'
        ) from error
    if not isinstance(value, dict):
        raise ImportRefused(
            f"{path} holds no settings by name.", 'It must be like {"image_size": 256}.'
        )
    return value


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """The innermost values by their own names; where two share one, the first."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        inner = _flat(value) if isinstance(value, dict) else {name: value}
        for key, leaf in inner.items():
            flat.setdefault(key, leaf)
    return flat


def _is_like(value: Any, example: Any) -> bool:
    """Whether a value is of the example's type; a number must be above 0, and finite."""
    if isinstance(example, bool) or isinstance(value, bool):
        return isinstance(example, bool) and isinstance(value, bool)
    if isinstance(example, (int, float)):
        kinds = int if isinstance(example, int) else (int, float)
        return isinstance(value, kinds) and 0 < value < 1e9
    return isinstance(value, type(example))


def _list_of(value: Any) -> Any:
    """A list that may be written as text: "32,16,8", as guided-diffusion's flags are."""
    if not isinstance(value, str):
        return value
    try:
        return [float(part) for part in value.split(",")]
    except ValueError:
        return value
