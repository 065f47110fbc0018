from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from backend.models.catalogue import ModelError, find_model, list_models
from backend.models.edit import Edit
from backend.models.loading import load_model
from backend.training.checkpoint import read_checkpoint
from backend.training.corpus import batches
from backend.training.errors import TrainingError
from backend.training.options import TrainingOptions
from backend.training.run import Report, Training, train_model

from .pictures_made import landscape, write_landscapes

CPU = torch.device("cpu")
ONE_STEP = TrainingOptions(minutes=1e-6, widths=(8, 12), blocks=1, middle=1, warmup_steps=1)


class Run:
    """One training in a home of its own, and all it said and reported."""

    def __init__(self, home, options: TrainingOptions = ONE_STEP, **asked) -> None:
        self.training = Training(
            pictures=asked.pop("pictures", home / "pictures"),
            name=asked.pop("name", "mine"),
            models=home / "models",
            work=home / "training" / "mine",
            options=options,
            device=CPU,
            **asked,
        )
        self.said: list[str] = []
        self.reports: list[Report] = []
        self.info = train_model(self.training, self.said.append, self.reports.append)

    @property
    def step(self) -> int:
        saved = read_checkpoint(self.training.checkpoint)
        assert saved is not None
        return int(saved["state"]["step"])


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    write_landscapes(tmp_path / "pictures", 4)
    return tmp_path


def test_a_trained_model_is_listed_and_edits(home):
    run = Run(home, title="My landscapes", licence="CC0-1.0")

    assert run.info is not None
    assert [info.name for info in list_models()] == ["landscape", "mine"]
    assert run.info.config == find_model("mine").config
    model = load_model("mine", "cpu")
    assert (model.info.title, model.info.licence) == ("My landscapes", "CC0-1.0")
    guide = torch.full((1, 3, 40, 50), 0.4)
    *_, last = model.edit(guide, Edit(t0=0.5, steps=3, seed=0))
    assert (last.x0 - guide).abs().max() > 0.05


def test_its_card_and_description_say_how_it_was_made(home):
    run = Run(home)

    trained = find_model("mine").config["training"]
    assert (trained["pictures"], trained["held_out"], trained["steps"]) == (4, [], 1)
    assert trained["options"]["widths"] == [8, 12]
    assert trained["started_from"] == ""
    (point,) = trained["curve"]
    card = (run.training.models / "mine" / "CARD.md").read_text(encoding="utf-8")
    assert card.startswith("# mine\n\nLicence of the weights: yours.\n")
    assert "- 4 pictures, 1 steps in 0.0 minutes on CPU" in card
    assert "its own training pictures, since there were too few to hold any out" in card
    assert f"| dB | {point['psnr_0.1']:.2f} |" in card


def test_reports_come_with_a_numbered_sample_picture(home):
    run = Run(home)

    (report,) = run.reports
    assert report.seconds_left == 0.0
    assert report.sample == run.training.work / "samples" / "step-000001.png"
    with Image.open(report.sample) as sample:
        assert sample.size == (2 * 192, 128)  # strokes beside what became of them
        pixels = np.asarray(sample)
    strokes, result = pixels[:, :192], pixels[:, 192:]
    assert len(np.unique(strokes.reshape(-1, 3), axis=0)) <= 6
    assert len(np.unique(result.reshape(-1, 3), axis=0)) > 1000


def test_held_out_names_are_never_trained_on(home):
    """Two colours, one of them in the held-out picture alone: nothing of it is learnt from."""
    for path in (home / "pictures").iterdir():
        path.unlink()
    for name, colour in (("a.png", "white"), ("b.png", "white"), ("fog2.jpg", "black")):
        Image.new("RGB", (96, 96), colour).save(home / "pictures" / name)

    run = Run(home)

    assert find_model("mine").config["training"]["held_out"] == ["fog2.jpg"]
    assert find_model("mine").config["training"]["pictures"] == 2
    assert "2 pictures to train on, 1 held out to measure on." in run.said
    with Image.open(run.reports[-1].sample) as sample:
        assert sample.getpixel((0, 0)) == (0, 0, 0)  # measured and shown on the held-out one


def test_fine_tuning_starts_from_the_models_weights_and_keeps_what_it_is(home):
    first = Run(home, name="first")
    assert first.info is not None
    path = first.info.folder / "model.json"
    config = json.loads(path.read_text()) | {"native_px": 96, "sigma_data": 0.4}
    config["noise_weights"] = {"grey": 1.0, "colour": 0.9}
    path.write_text(json.dumps(config))
    begun = load_model("first", "cpu").network.state_dict()

    run = Run(home, TrainingOptions(minutes=1e-6, warmup_steps=1), start_from="first")

    assert run.info is not None
    tuned = load_model("mine", "cpu")
    assert (tuned.native_px, tuned.data_std, tuned.noise_weights.colour) == (96, 0.4, 0.9)
    trained = tuned.info.config["training"]
    assert trained["started_from"] == "first"
    assert trained["options"]["widths"] == [8, 12]
    assert trained["options"]["learning_rate"] == 3e-4
    for name, value in tuned.network.state_dict().items():
        # Adam moves no weight farther than its rate in one step; float16 rounds the rest.
        assert torch.allclose(value, begun[name], rtol=1e-3, atol=4e-4)
    assert any(not torch.equal(v, begun[k]) for k, v in tuned.network.state_dict().items())


def test_a_finished_training_is_continued_with_more_time_and_its_own_options(home):
    first = Run(home)
    seconds = first.reports[-1].state.seconds

    more = TrainingOptions(minutes=seconds / 60 + 1e-6, widths=(4, 4), learning_rate=9.0)
    run = Run(home, more, resume=True)

    assert run.step == 2
    assert any(sentence.startswith("Continuing at step 1, after 0.") for sentence in run.said)
    trained = find_model("mine").config["training"]
    assert trained["options"]["widths"] == [8, 12]
    assert trained["options"]["learning_rate"] == ONE_STEP.learning_rate
    assert [point["step"] for point in trained["curve"]] == [1, 2]


def test_a_continued_training_does_not_see_its_first_crops_again(home, monkeypatch):
    seeds = []

    def batches_of(pictures, seed, larger):
        seeds.append(seed)
        return batches(pictures, seed, larger)

    monkeypatch.setattr("backend.training.run.batches", batches_of)
    seconds = Run(home).reports[-1].state.seconds

    Run(home, TrainingOptions(minutes=seconds / 60 + 1e-6), resume=True)

    assert seeds == [0, 1]


def test_a_training_that_has_had_its_time_makes_its_model_again(home):
    Run(home)
    first = load_model("mine", "cpu").network.state_dict()

    run = Run(home, resume=True)

    assert "It has had its time; a larger --minutes would train it further." in run.said
    assert run.reports == []
    again = load_model("mine", "cpu").network.state_dict()
    assert all(torch.equal(again[name], value) for name, value in first.items())


def test_resuming_what_was_never_begun_begins_it(home):
    run = Run(home, resume=True)

    assert "There is no checkpoint to continue from; beginning anew." in run.said
    assert run.step == 1


def test_beginning_anew_keeps_the_last_checkpoint_beside_it(home):
    first = Run(home)
    before = first.training.checkpoint.read_bytes()

    run = Run(home)

    older = run.training.checkpoint.with_name("checkpoint-before.pt")
    assert older.read_bytes() == before
    told = next(words for words in run.said if str(older) in words)
    assert "until training begins anew once more" in told
    older.replace(run.training.checkpoint)
    assert "Continuing at step 1, after" in " ".join(Run(home, resume=True).said)


def test_a_stopped_training_makes_no_model_and_can_go_on(home):
    options = TrainingOptions(**vars(ONE_STEP) | {"minutes": 10})
    training = Training(
        home / "pictures", "mine", home / "models", home / "training" / "mine", options, CPU
    )

    info = train_model(training, lambda _: None, lambda _: None, is_stopped=lambda: True)

    assert info is None
    assert [model.name for model in list_models()] == ["landscape"]
    run = Run(home, ONE_STEP, resume=True)
    assert "Continuing at step 1, after 0.0 minutes." in run.said


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, r"^There are no pictures in .*other\. Put PNG"),
        ({"a.txt": b"no picture"}, "^There are no pictures in"),
        ({"a.png": b"", "b.jpg": b"x"}, "^None of the 2 pictures in .* can be used: they are dam"),
        ({"a.png": landscape(0, 40, 40)}, "^None of the 1 picture in .*less than 64 pixels"),
        ({"sea5.jpg": landscape(0)}, "^All pictures in .* are kept for measuring the shipped"),
    ],
)
def test_a_folder_with_nothing_to_train_on_is_refused_in_a_sentence(home, files, sentence):
    folder = home / "other"
    folder.mkdir()
    for name, content in files.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            content.save(folder / name)

    with pytest.raises(TrainingError, match=sentence):
        Run(home, pictures=folder)


def test_files_that_cannot_be_used_are_counted(home):
    (home / "pictures" / "damaged.jpg").write_bytes(b"x")

    run = Run(home)

    assert run.said[:3] == [
        f"Reading 5 pictures from {home / 'pictures'}.",
        "1 picture left out: damaged, more than 8 bits a channel, or less than 64 pixels.",
        "4 pictures to train on, 0 held out to measure on.",
    ]


def test_more_pictures_than_fit_in_memory_are_thinned_out(home, monkeypatch):
    monkeypatch.setattr("backend.training.run.PICTURES_MOST", 2)

    run = Run(home)

    assert run.said[0] == "4 pictures are more than fit in memory; 2 are used."
    assert find_model("mine").config["training"]["pictures"] == 2


@pytest.mark.parametrize(
    "change", [{"title": "t" * 201}, {"licence": ""}, {"licence": "\udc80"}, {"name": "a/b"}]
)
def test_a_description_the_catalogue_would_refuse_is_refused_before_training(home, change):
    with pytest.raises(TrainingError, match=f"like that: {next(iter(change))} is "):
        Run(home, **change)

    assert not (home / "training").exists()


def test_an_unknown_model_to_start_from_leaves_the_checkpoint_alone(home):
    first = Run(home)
    before = first.training.checkpoint.read_bytes()

    with pytest.raises(ModelError, match="There is no model called 'nothing'"):
        Run(home, start_from="nothing")

    assert first.training.checkpoint.read_bytes() == before
