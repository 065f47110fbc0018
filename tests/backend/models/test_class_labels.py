from __future__ import annotations

import pytest

from backend.models.class_labels import class_number, imagenet_names
from backend.models.condition import ConditionError

NAMES = imagenet_names()


def number(label: str) -> int:
    return class_number("adm", label, 1000, NAMES)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("207", 207),
        ("0", 0),
        (" 999 ", 999),
        ("golden retriever", 207),
        ("Golden  Retriever", 207),
        ("GOLDFISH", 1),
        ("Carassius auratus", 1),
        ("valley", 979),
        ("vale", 979),
        ("volcano", 980),
        ("castle", 483),
        ("toilet tissue", 999),
    ],
)
def test_a_class_is_meant_by_its_number_or_any_of_its_names(label, expected):
    assert number(label) == expected


def test_imagenets_1000_classes_are_in_their_usual_order():
    assert len(NAMES) == 1000
    assert NAMES[0] == "tench, Tinca tinca"
    assert NAMES[999] == "toilet tissue, toilet paper, bathroom tissue"
    assert all(NAMES)


@pytest.mark.parametrize(
    ("label", "sentence", "hint"),
    [
        ("1000", "has no class '1000'", "from 0 to 999"),
        ("9" * 400, "has no class", "from 0 to 999"),
        ("crane", "2 classes of the model 'adm' are called 'crane'", "134 (crane), 517 (crane)"),
        ("retriever", "no class called 'retriever'", "golden retriever"),
        ("vulcano", "no class called 'vulcano'", "volcano"),
        ("xyzzyqq", "no class called 'xyzzyqq'", "from 0 to 999"),
        ("-1", "no class called '-1'", "from 0 to 999"),
        ("", "one class at a time, and none is chosen", "such as 'tench' for 0"),
        ("  ", "none is chosen", "a number from 0 to 999"),
    ],
)
def test_a_label_that_means_no_one_class_is_refused_with_help(label, sentence, hint):
    with pytest.raises(ConditionError) as caught:
        number(label)
    assert sentence in caught.value.sentence
    assert hint in caught.value.hint
    assert len(str(caught.value)) < 300


def test_classes_without_names_have_numbers():
    assert class_number("m", "2", 3, []) == 2
    with pytest.raises(ConditionError, match="Choose a number from 0 to 2"):
        class_number("m", "leaf", 3, [])
    with pytest.raises(ConditionError, match="Choose a class: a number from 0 to 2"):
        class_number("m", "", 3, [])
