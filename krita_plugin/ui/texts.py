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
}
