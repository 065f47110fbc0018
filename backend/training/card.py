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
    options = training["options"]
    started = training["started_from"]
    lines = [
        f"# {config['title']}",
        "",
        f"Licence of the weights: {config['licence']}.",
        "",
        "## Training",
        "",
        f"- {training['pictures']} pictures, {training['steps']} steps in "
        f"{training['minutes']} minutes on {training['device']}; finished {training['finished']}.",
        f"- Started from {started!r}." if started else "- Started from random weights.",
        f"- Seed {options['seed']}, learning rate {options['learning_rate']}, "
        f"widths {tuple(options['widths'])}.",
        "",
        f"PSNR of the denoiser in dB (peak 2 on [-1, 1]), on crops of {measured}:",
        "",
        "| sigma | " + " | ".join(psnr) + " |",
        "|---|" + "---|" * len(psnr),
        "| dB | " + " | ".join(f"{value:.2f}" for value in psnr.values()) + " |",
        "",
        "## Loss curve",
        "",
        "| minutes | step | loss |",
        "|---|---|---|",
    ]
    curve = training["curve"]
    every = max(1, len(curve) // 20)
    for entry in [*curve[-1::-every]][::-1]:  # the last one in any case
        lines.append(f"| {entry['minutes']:g} | {entry['step']} | {entry['loss']:.4f} |")
    return "\n".join(lines) + "\n"
