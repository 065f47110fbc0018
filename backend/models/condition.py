"""What a picture should show, for models that can be told."""

from __future__ import annotations

from dataclasses import dataclass

from backend.models.catalogue import ModelError


@dataclass(frozen=True)
class Condition:
    """A class or a text; what is left empty is up to the model.

    label: a class by its number or one of its names. guidance_scale: how strongly the text counts
    (Ho and Salimans 2022, in the form 1 + w); 0 is the model's own default, 1 is without guidance.
    """

    label: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    guidance_scale: float = 0.0


NOTHING = Condition()


class ConditionError(ModelError):
    """The model cannot be told this."""

    code = "condition"


def refuse_text(name: str, condition: Condition) -> None:
    """Raise ConditionError if a text is given to a model that takes none."""
    if condition.prompt or condition.negative_prompt:
        raise ConditionError(
            f"The model {name!r} takes no text.", "Leave the prompt out, or choose another model."
        )


def refuse_label(name: str, condition: Condition) -> None:
    """Raise ConditionError if a class is given to a model that has none."""
    if condition.label:
        raise ConditionError(
            f"The model {name!r} has no classes.", "Leave the class out, or choose another model."
        )
