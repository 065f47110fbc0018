from __future__ import annotations

import itertools
import math
import sys
import time

import pytest
import torch

from backend.models.landscape_unet import LandscapeUNet
from backend.training import train
from backend.training.checkpoint import read_checkpoint, saved_options, write_checkpoint
from backend.training.corpus import batches
from backend.training.errors import TrainingError
from backend.training.measuring import held_out_crops
from backend.training.options import TrainingOptions
from backend.training.train import Trainer

from .pictures_made import landscape

CPU = torch.device("cpu")
TINY = TrainingOptions(
    minutes=1e-6, widths=(8, 12), blocks=1, middle=1, learning_rate=5e-3, warmup_steps=5
)
PICTURES = [landscape(i) for i in range(4)]
CROPS = held_out_crops(PICTURES)[:1]


def trainer(tmp_path, options: TrainingOptions = TINY) -> Trainer:
    return Trainer(options, CPU, tmp_path / "checkpoint.pt", CROPS, {"started_from": ""})


def weights(network: LandscapeUNet) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_the_loss_falls_and_the_pictures_are_restored_better(tmp_path):
    run = trainer(tmp_path)
    source = batches(PICTURES, seed=0, threads=1)
    for group in run.optimiser.param_groups:
        group["lr"] = TINY.learning_rate
    run.measure(0.0)

    losses = [run.step(batch).item() for batch in itertools.islice(source, 60)]
    run.measure(0.0)

    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])
    before, after = run.state.curve
    assert all(after[key] > before[key] for key in before if key.startswith("psnr_"))


def test_a_run_of_no_time_takes_one_step_measures_and_saves(tmp_path):
    run = trainer(tmp_path)

    (state,) = run.run(batches(PICTURES, seed=0, threads=1))

    assert (state.step, state.is_measured) == (1, True)
    assert state.seconds >= 60 * TINY.minutes
    (point,) = state.curve
    assert point["loss"] == pytest.approx(state.loss, abs=1e-5)
    assert {"psnr_0.1", "psnr_2"} <= set(point)
    saved = read_checkpoint(run.checkpoint)
    assert saved is not None
    assert saved["state"]["curve"] == state.curve


def test_a_run_that_has_had_its_time_takes_no_step(tmp_path):
    run = trainer(tmp_path)
    run.state.seconds = 61.0

    assert list(run.run(batches(PICTURES, seed=0, threads=1))) == []
    assert run.state.step == 0


def test_progress_comes_within_seconds_and_measurements_as_often_as_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "PROGRESS_FIRST_S", 0.05)
    run = trainer(tmp_path, TrainingOptions(**vars(TINY) | {"minutes": 1.5 / 60}))

    states = [
        (state.step, state.seconds, state.is_measured, state.loss)
        for state in run.run(batches(PICTURES, seed=0, threads=1), measure_every_s=0.5)
    ]

    steps = [step for step, *_ in states]
    assert steps == sorted(set(steps))
    measured = [seconds for _, seconds, is_measured, _ in states if is_measured]
    assert 2 <= len(measured) <= 4
    assert measured[-1] == states[-1][1] >= 1.5
    assert len(states) > len(measured)
    assert all(math.isfinite(loss) for *_, loss in states)


def test_a_loss_on_the_curve_is_the_mean_since_the_last_one(tmp_path, monkeypatch):
    run = trainer(tmp_path, TrainingOptions(**vars(TINY) | {"minutes": 10}))
    step = run.step
    monkeypatch.setattr(run, "step", lambda batch: 0 * step(batch) + run.state.step)

    states = run.run(batches(PICTURES, seed=0, threads=1), measure_every_s=0)

    assert [next(states).curve[-1]["loss"] for _ in range(3)] == [1, 2, 3]


def test_measuring_counts_as_time_so_a_training_lasts_as_long_as_asked(tmp_path, monkeypatch):
    run = trainer(tmp_path, TrainingOptions(**vars(TINY) | {"minutes": 1 / 60}))
    began = time.monotonic()
    measure = run.measure

    def measure_slowly(loss: float) -> None:
        time.sleep(0.4)
        measure(loss)

    monkeypatch.setattr(run, "measure", measure_slowly)
    states = [
        state.is_measured
        for state in run.run(batches(PICTURES, seed=0, threads=1), measure_every_s=0.05)
    ]

    assert 2 <= sum(states) <= 4  # would be twenty
    assert time.monotonic() - began < 10


def test_a_stopped_run_saves_after_the_step_at_hand(tmp_path):
    run = trainer(tmp_path, TrainingOptions(**vars(TINY) | {"minutes": 10}))

    states = list(
        run.run(batches(PICTURES, seed=0, threads=1), is_stopped=lambda: run.state.step >= 3)
    )

    assert states == []
    saved = read_checkpoint(run.checkpoint)
    assert saved is not None
    assert saved["state"]["step"] == run.state.step == 3
    assert 0 < saved["state"]["seconds"] < 600


def test_a_resumed_trainer_is_the_one_that_was_saved(tmp_path):
    first = trainer(tmp_path)
    list(first.run(batches(PICTURES, seed=0, threads=1)))
    saved = read_checkpoint(first.checkpoint)
    assert saved is not None

    second = trainer(tmp_path, saved_options(saved))
    second.resume(saved)

    assert second.options == first.options
    assert second.state == first.state
    assert torch.equal(weights(second.network), weights(first.network))
    assert torch.equal(weights(second.average), weights(first.average))
    assert second.usual_norm == first.usual_norm
    (batch,) = itertools.islice(batches(PICTURES, seed=9, threads=1), 1)
    for run in (first, second):
        run.precision.bf16 = False
        run.seed(3)
        run.step(batch)
    assert torch.equal(weights(second.network), weights(first.network))


def test_a_checkpoint_of_before_the_usual_norm_was_kept_can_be_resumed(tmp_path):
    first = trainer(tmp_path)
    list(first.run(batches(PICTURES, seed=0, threads=1)))
    saved = read_checkpoint(first.checkpoint)
    assert saved is not None
    for key in ("usual_norm", "about"):
        del saved[key]

    second = trainer(tmp_path)
    second.resume(saved)

    assert second.usual_norm is None
    assert second.state.step == 1


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    first = trainer(tmp_path)
    first.save()
    saved = read_checkpoint(first.checkpoint)
    other = trainer(tmp_path, TrainingOptions(**vars(TINY) | {"widths": (4, 4)}))

    with pytest.raises(TrainingError, match="is of another kind of training"):
        other.resume(saved)


@pytest.mark.parametrize("damage", ["cut", "text", "pickle", "empty", "other"])
def test_a_damaged_checkpoint_is_refused_in_a_sentence(tmp_path, damage):
    run = trainer(tmp_path)
    run.save()
    content = run.checkpoint.read_bytes()
    if damage == "other":
        write_checkpoint(run.checkpoint, {"network": {}})
    else:
        run.checkpoint.write_bytes(
            {
                "cut": content[: len(content) // 2],
                "text": b"no checkpoint",
                "pickle": b"\x80\x02cos\nsystem\n(S'echo'\ntR.",
                "empty": b"",
            }[damage]
        )

    with pytest.raises(TrainingError) as caught:
        read_checkpoint(run.checkpoint)

    assert caught.value.sentence == f"The checkpoint {run.checkpoint} is damaged."
    assert caught.value.hint == "Train without --resume to begin anew."


def test_there_is_nothing_to_read_where_nothing_was_saved(tmp_path):
    assert read_checkpoint(tmp_path / "checkpoint.pt") is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_checkpoint_that_does_not_fit_on_the_disk_leaves_the_last_one(tmp_path):
    import resource

    run = trainer(tmp_path)
    run.save()
    before = run.checkpoint.read_bytes()
    run.state.step = 7
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            run.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert run.checkpoint.read_bytes() == before
    assert list(tmp_path.iterdir()) == [run.checkpoint]


def test_weights_that_are_no_numbers_end_the_run_and_are_never_saved(tmp_path):
    run = trainer(tmp_path)
    run.save()
    before = run.checkpoint.read_bytes()
    with torch.no_grad():
        run.network.last.bias.fill_(math.nan)

    with pytest.raises(TrainingError, match="The training went wrong before step 1"):
        list(run.run(batches(PICTURES, seed=0, threads=1)))

    assert run.checkpoint.read_bytes() == before


def test_an_outlier_is_clipped_to_twice_the_usual_norm(tmp_path):
    run = trainer(tmp_path)

    def gradients(value: float) -> float:
        for p in run.network.parameters():
            p.grad = torch.full_like(p, value)
        run.clip_gradients()
        return float(torch.nn.utils.get_total_norm([p.grad for p in run.network.parameters()]))

    usual = gradients(1e-3)

    assert gradients(1e-3) == pytest.approx(usual)
    assert gradients(1.0) == pytest.approx(2 * usual, rel=1e-3)
    assert gradients(1.5e-3) == pytest.approx(1.5 * usual, rel=1e-3)


def test_the_average_follows_closely_at_first_and_slowly_later(tmp_path):
    run = trainer(tmp_path)
    with torch.no_grad():
        run.network.last.bias.fill_(1)
    run.update_average()
    assert run.average.last.bias[0].item() == pytest.approx(0.9)  # decay 1 / 10

    run.state.step = 10**6
    with torch.no_grad():
        run.average.last.bias.fill_(0)
    run.update_average()
    assert run.average.last.bias[0].item() == pytest.approx(1 - TINY.ema)
