"""Settings survive Krita's configuration, whatever is found in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sdedit.panel_state import shown_number
from sdedit.protocol.messages import VARIANTS_MAX
from sdedit.settings import SEED_MAX, STEPS_MAX, T0_MAX, T0_MIN, Settings, numbers_in

ANY_SETTINGS = st.builds(
    Settings,
    t0=st.floats(T0_MIN, T0_MAX),
    steps=st.integers(1, STEPS_MAX),
    seed=st.integers(0, SEED_MAX),
    is_seed_random=st.booleans(),
)


@given(ANY_SETTINGS)
def test_what_krita_remembers_is_what_was_set(settings: Settings) -> None:
    assert Settings.from_text(settings.to_text()) == settings


@given(st.dictionaries(st.sampled_from(["t0", "steps", "seed", "is_seed_random"]), st.text()))
def test_nonsense_in_the_configuration_gives_valid_settings(texts: dict[str, str]) -> None:
    settings = Settings.from_text(texts)
    assert T0_MIN <= settings.t0 <= T0_MAX
    assert 1 <= settings.steps <= STEPS_MAX
    assert 0 <= settings.seed <= SEED_MAX


def test_an_empty_configuration_gives_the_defaults() -> None:
    assert Settings.from_text({}) == Settings()


def test_infinity_in_the_configuration_gives_the_default() -> None:
    assert Settings.from_text({"t0": "inf", "steps": "nan"}) == Settings()


def test_values_are_brought_into_their_range() -> None:
    settings = Settings(t0=0.0, steps=0, seed=-1)
    assert (settings.t0, settings.steps, settings.seed) == (T0_MIN, 1, 0)


def test_t0_is_shown_with_no_more_digits_than_it_needs() -> None:
    assert [shown_number(t0) for t0 in (0.45, 0.455, 1.0, 0.3)] == ["0.45", "0.455", "1.00", "0.30"]


@given(st.lists(st.floats(T0_MIN, T0_MAX)))
def test_the_t0_of_a_strip_survive_in_order_and_no_more_than_a_job_can_have(
    t0s: list[float],
) -> None:
    settings = Settings(strip_t0s=tuple(t0s))
    assert 1 <= len(settings.strip_t0s) <= VARIANTS_MAX
    assert list(settings.strip_t0s) == sorted(set(settings.strip_t0s))
    assert Settings.from_text(settings.to_text()) == settings


def test_the_t0_of_a_strip_may_be_written_as_one_likes() -> None:
    assert numbers_in("0.2, 0.5  0.8") == (0.2, 0.5, 0.8)
    assert numbers_in(".2,.5") == (0.2, 0.5)
    assert numbers_in("0,2 0,5, 0,8") == (0.2, 0.5, 0.8)
    assert numbers_in("0.2 half") == ()
    assert numbers_in("nan") == ()
    assert Settings.from_text({"strip_t0s": "half"}) == Settings()
