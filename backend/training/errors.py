"""The errors of training."""

from __future__ import annotations

from protocol.errors import SDEditError


class TrainingError(SDEditError):
    """The pictures, the description or the checkpoint cannot be trained with."""

    code = "training"


class UnusablePictures(TrainingError):
    """There are no pictures that could be trained with."""

    code = "training-pictures"
