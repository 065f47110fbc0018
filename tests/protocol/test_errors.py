"""Every error has a code, a sentence and a hint, and keeps them."""

from __future__ import annotations

import pickle

import pytest

from protocol import errors
from protocol.errors import SDEditError

ALL = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, SDEditError)
]


@pytest.mark.parametrize("error_class", ALL)
def test_an_error_carries_code_sentence_and_hint(error_class):
    error = error_class("It failed.", "Try again.")
    assert (error.sentence, error.hint) == ("It failed.", "Try again.")
    assert str(error) == "It failed. Try again."
    assert str(error_class("It failed.")) == "It failed."
    assert error_class("It failed.", code="disk").code == "disk"
    assert error_class.code == error.code


def test_every_class_has_a_code_of_its_own():
    assert len({error_class.code for error_class in ALL}) == len(ALL)


@pytest.mark.parametrize("error_class", ALL)
def test_the_tree_in_the_docstring_is_complete(error_class):
    assert error_class.__name__ in (errors.__doc__ or "")
    assert error_class.__doc__


@pytest.mark.parametrize("error_class", ALL)
def test_an_error_survives_the_way_between_processes(error_class):
    error = error_class("It failed.", "Try again.", code="disk")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (error_class, str(error))
    assert (copy.sentence, copy.hint, copy.code) == ("It failed.", "Try again.", "disk")
