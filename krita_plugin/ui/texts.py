"""The words on and behind the widgets: names for those who hear them, tips that teach."""

from __future__ import annotations

PREVIEW_EMPTY = "The picture appears here while it forms."

NAMES = {
    "guide": "Guide",
    "area": "Area",
    "t0": "t0, from faithful to realistic",
    "t0_slider": "t0, from faithful to realistic",
    "steps": "Steps",
    "seed": "Seed",
    "seed_random": "New random seed for each picture",
    "generate": "Generate or cancel",
    "progress": "Progress",
    "status": "Status",
    "preview": "Preview",
    "more": "More settings",
    "model": "Model",
    "manage": "Settings and models",
    "label": "Class",
    "prompt": "Prompt",
    "negative_prompt": "Not in the picture",
    "guidance_scale": "Guidance",
}

_T0 = (
    "How far SDEdit may go from your painting.\n"
    "Low is faithful: it keeps your shapes and colours.\n"
    "High is realistic: it invents more.\n"
    "The marked range, 0.3 to 0.6, suits most paintings."
)

TIPS = {
    "guide": (
        "What SDEdit starts from: the active layer and everything below it, as you see it.\n"
        "Layers above are left out."
    ),
    "area": (
        "Only this part changes. Select something to change just that;\n"
        "a soft selection blends in softly."
    ),
    "t0": _T0,
    "t0_slider": _T0,
    "steps": (
        "More steps take longer and bring finer detail. 20 is enough for most pictures.\n"
        "A large area is refined at finer scales too, which adds steps of their own."
    ),
    "seed": (
        "The number that the picture's chance comes from.\n"
        "The same seed, painting and settings give the same picture."
    ),
    "seed_random": (
        "On: each picture gets a new seed, shown here.\n"
        "Off: the seed stays, so that you can compare settings."
    ),
    "generate": (
        "Makes a new layer above the active one. Your own layers stay as they are;\n"
        "one undo takes the new layer away."
    ),
    "progress": "How far the picture is.",
    "status": "What SDEdit and its backend are doing, and the time that an edit still needs.",
    "preview": "The picture as the model sees it now. It becomes a layer when it is done.",
    "more": "Shows what is rarely needed, or hides it.",
    "model": (
        "What has learned how pictures look. Each model knows one kind of picture\n"
        "and composes best at its own size, which is written below it."
    ),
    "manage": "Opens the settings: other models, the device, the backend, the history.",
    "label": (
        "What the picture shows: one of the model's classes, by name or number.\n"
        "Left empty, the model chooses by itself."
    ),
    "prompt": "What the picture shows, in words. Left empty, your painting alone decides.",
    "negative_prompt": "What should not be in the picture, in words.",
    "guidance_scale": (
        "How strongly the words count. 0 is what suits the model;\n"
        "1 lets the painting decide, 7 follows the words closely."
    ),
}
