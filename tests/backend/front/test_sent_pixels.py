from __future__ import annotations

from backend.front.sent_pixels import KEPT, SentPixels


def test_the_same_buffers_are_sent_once_and_others_of_the_same_content_again() -> None:
    sent, guide, mask = SentPixels(), bytearray(9), bytearray(9)
    key, is_new = sent.use([guide, mask])
    assert is_new
    assert sent.use([guide, mask]) == (key, False)
    assert sent.use([guide])[1]
    assert sent.use([bytearray(guide), mask])[1]


def test_what_no_job_uses_is_kept_for_a_while_and_then_forgotten_oldest_first() -> None:
    sent = SentPixels()
    buffers = [[bytearray(3)] for _ in range(KEPT + 2)]
    keys = [sent.use(each)[0] for each in buffers]
    forgotten = [sent.done(key) for key in keys]
    assert forgotten == [[]] * KEPT + [[keys[0]], [keys[1]]]
    assert sent.use(buffers[-1]) == (keys[-1], False)
    assert sent.use(buffers[0])[1]


def test_what_a_job_uses_is_never_forgotten() -> None:
    sent, held = SentPixels(), [bytearray(3)]
    key, _ = sent.use(held)
    for _ in range(KEPT + 3):
        assert key not in sent.done(sent.use([bytearray(3)])[0])


def test_a_new_bridge_has_nothing_yet() -> None:
    sent, buffers = SentPixels(), [bytearray(3)]
    sent.use(buffers)
    sent.clear()
    assert sent.use(buffers)[1]
