"""Documents of other kinds than 8-bit RGB: which are edited, and what is sent of them."""

from __future__ import annotations

import dataclasses

import pytest
from sdedit.area import plan_edit
from sdedit.jobs.errand import MakeLayer
from sdedit.jobs.job import Job
from sdedit.protocol.images import Image, PixelFormat
from sdedit.settings import Settings
from sdedit.studio import Pixels

from tests.plugin.desk import Desk

KINDS = [
    *((model, depth) for model in ("RGBA", "GRAYA") for depth in ("U8", "U16", "F16", "F32")),
    *((model, depth) for model in ("CMYKA", "LABA") for depth in ("U8", "U16", "F32")),
]


@pytest.mark.parametrize(("model", "depth"), KINDS)
def test_every_kind_of_document_can_be_edited(desk: Desk, model: str, depth: str) -> None:
    facts = desk.studio.facts()
    assert facts is not None

    plan_edit(dataclasses.replace(facts, model=model, depth=depth))


def test_the_profile_goes_with_the_pixels(desk: Desk) -> None:
    plan = plan_edit(desk.studio.facts())
    press = PixelFormat("CMYKA", "U16", "a press")
    count = plan.window.width * plan.window.height * press.bytes_per_pixel
    guide = Image(plan.window, press, bytes(count))
    job = Job(MakeLayer(), Settings(), document=1)

    request = job.errand.message(job, plan, Pixels(guide, mask=None, profile=b"its profile"))

    assert (request.guide, request.profile) == (guide, b"its profile")
