"""The card of a trained model: what it learned from, how, what it measures, how to repeat it."""

from __future__ import annotations

from typing import Any


def model_card(config: dict[str, Any]) -> str:
    """Markdown made from a model's config; its "training" entry must be there."""
    training = config["training"]
    last = training["curve"][-1] if training["curve"] else {}
    psnr = {key[5:]: value for key, value in last.items() if key.startswith("psnr_")}
    held_out = ", ".join(training["held_out"])
    measured = (
        f"{len(training['held_out'])} held-out pictures ({held_out})"
        if held_out
        else "its own training pictures, since there were too few to hold any out"
    )
    parts = [
        f"# {config['title']}",
        f"Licence of the weights: {config['licence']}.",
        "## Training",
        training_in_words(training),
        f"PSNR of the denoiser in dB (peak 2 on [-1, 1]), on crops of {measured}:",
        _table(["sigma", *psnr], [["dB", *(f"{value:.2f}" for value in psnr.values())]]),
        "## Loss curve",
        loss_curve(training),
    ]
    return "\n\n".join(parts) + "\n"


def training_in_words(training: dict[str, Any]) -> str:
    options, started = training["options"], training["started_from"]
    return "\n".join(
        [
            f"- {training['pictures']} pictures, {training['steps']} steps in "
            f"{training['minutes']} minutes on {training['device']}; "
            f"finished {training['finished']}.",
            f"- Started from {started!r}." if started else "- Started from random weights.",
            f"- Seed {options['seed']}, learning rate {options['learning_rate']}, "
            f"widths {tuple(options['widths'])}.",
        ]
    )


def loss_curve(training: dict[str, Any]) -> str:
    """A table of some 20 points of it, the last one in any case."""
    curve = training["curve"]
    every = max(1, len(curve) // 20)
    rows = [
        [
            f"{point['minutes']:g}",
            f"{point['step']}",
            f"{point['loss']:.4f}",
            *(f"{point[f'psnr_{sigma}']:.2f}" for sigma in ("0.3", "1")),
        ]
        for point in [*curve[-1::-every]][::-1]
    ]
    return _table(["minutes", "step", "loss", "PSNR at 0.3", "at 1"], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
