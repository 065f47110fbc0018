"""The words on and behind the widgets: names for those who hear them, tips that teach."""

from __future__ import annotations

from ..i18n import _

GUIDES = {
    "below": _("Active layer and below"),
    "alone": _("Active layer only"),
    "visible": _("Everything visible"),
}
WAYS = {"refine": _("Refine"), "local": _("Local"), "blend": _("Blend")}
NO_T0_MAP = _("None")
T0_BY_MAP = _("by the map")
T0_FOR_BLENDING = _("for blending")
PREVIEW_EMPTY = _("The picture appears here while it forms.")
POINT_AT_ONE = _("Point at one to see it on the canvas.")

NAMES = {
    "guide": _("Guide"),
    "area": _("Area"),
    "way_refine": _("Refine the whole canvas"),
    "way_local": _("Local edit"),
    "way_blend": _("Blend the layer in"),
    "t0_map": _("t0 map"),
    "first_frame": _("First frame"),
    "last_frame": _("Last frame"),
    "make_frames": _("Generate frames"),
    "t0": _("t0, from faithful to realistic"),
    "t0_slider": _("t0, from faithful to realistic"),
    "t0_word": _("What shapes t0"),
    "steps": _("Steps"),
    "seed": _("Seed"),
    "seed_random": _("New random seed for each picture"),
    "generate": _("Generate or cancel"),
    "progress": _("Progress"),
    "status": _("Status"),
    "preview": _("Preview"),
    "strip": _("Strip of several t0"),
    "compare": _("Compare two t0"),
    "auto": _("Propose a t0"),
    "question": _("Which choice it is"),
    "more_mine": _("Keep more of mine"),
    "more_real": _("Make it more real"),
    "candidate_words": _("The picture that is chosen, in words"),
    "put_away": _("Put the pictures away"),
    "variants": _("Variants"),
    "repeats": _("Repeats"),
    "strip_t0s": _("The t0 of a strip"),
    "more": _("More settings"),
    "model": _("Model"),
    "manage": _("Settings and models"),
    "label": _("Class"),
    "prompt": _("Prompt"),
    "negative_prompt": _("Not in the picture"),
    "guidance_scale": _("Guidance"),
    "tabs": _("Preview or history"),
    "live": _("Live"),
    "live_on_canvas": _("Live results on the canvas"),
    "history": _("Earlier results"),
    "history_more": _("Older results"),
    "recipe": _("Recipe of this layer"),
    "place": _("Where the result comes"),
    "mark": _("Mark as generated"),
    "backend": _("Backend"),
    "device": _("Device"),
    "history_mb": _("History on the disk"),
    "models": _("Models"),
    "import_file": _("Import a model's file"),
    "import_folder": _("Import a model's folder"),
    "models_folder": _("Show the folder of models"),
    "hub_name": _("Name of a model on the hub"),
    "download": _("Download"),
    "import_words": _("The import"),
    "import_progress": _("How far the import is"),
    "import_stop": _("Stop the import"),
}

_T0 = _(
    "How far SDEdit may go from your painting.\n"
    "Low is faithful: it keeps your shapes and colours.\n"
    "High is realistic: it invents more.\n"
    "The marked range, 0.3 to 0.6, suits most paintings."
)

TIPS = {
    "guide": _(
        "What SDEdit starts from, as you see it. Of the active layer and what lies below it,\n"
        "layers above are left out; a result of everything visible comes on top."
    ),
    "area": _(
        "Only this part changes. Select something to change just that;\n"
        "a soft selection blends in softly."
    ),
    "way_refine": _(
        "The whole canvas becomes a picture.\n"
        "It fits when the painting is all there is. Deselect to choose it."
    ),
    "way_local": _(
        "Only the selection changes; without one, the strokes on the active layer and a little\n"
        "around them. It fits strokes on a layer of their own over a picture."
    ),
    "way_blend": _(
        "The active layer's edge is blended into what lies below it; the layer itself stays.\n"
        "It fits something pasted or moved. It has a t0 of its own, a low one."
    ),
    "t0_map": _(
        "A layer or mask whose grey scales t0: white is all of it, black keeps what is there.\n"
        "It counts although it is hidden, and is no part of the guide."
    ),
    "first_frame": _("The first frame to make; at first that of the range that is played."),
    "last_frame": _("The last frame to make; at first that of the range that is played."),
    "make_frames": _(
        "Makes a picture of each frame of the range, all from the same noise,\n"
        "and adds them as one animated layer. Frames that are held are made once."
    ),
    "t0": _T0,
    "t0_slider": _T0,
    "t0_word": _("What else counts for t0: a map scales it, and blending has a t0 of its own."),
    "steps": _(
        "More steps take longer and bring finer detail. 20 is enough for most pictures.\n"
        "A large area is refined at finer scales too, which adds steps of their own."
    ),
    "seed": _(
        "The number that the picture's chance comes from.\n"
        "The same seed, painting and settings give the same picture."
    ),
    "seed_random": _(
        "On: each picture gets a new seed, shown here.\n"
        "Off: the seed stays, so that you can compare settings."
    ),
    "generate": _(
        "Makes a new layer above the active one. Your own layers stay as they are;\n"
        "one undo takes the new layer away."
    ),
    "progress": _("How far the picture is."),
    "status": _("What SDEdit and its backend are doing, and the time that an edit still needs."),
    "strip": _(
        "Makes several pictures at once, from little t0 to much, all from the same noise.\n"
        "Point at one to see it on the canvas; click it to keep it as a layer."
    ),
    "compare": _(
        "Shows you two pictures, five times: you choose, and t0 comes nearer to your own.\n"
        "At the end the slider stands there."
    ),
    "auto": _(
        "Looks at the painting and moves the slider to the least t0\n"
        "at which the model can make a real picture of it."
    ),
    "question": _("After five choices the slider stands at your own t0."),
    "more_mine": _("Keep more of mine: the more faithful picture is nearer to what I want."),
    "more_real": _("Make it more real: the more realistic picture is nearer to what I want."),
    "candidate_words": _(
        "How near the picture is to your painting, and how real the model takes it to be.\n"
        "The bars below each picture say the same; its tip has the numbers."
    ),
    "put_away": _("Puts these pictures away. Layers made of them stay."),
    "variants": _(
        "How many pictures Generate makes, each from a seed of its own.\n"
        "More than one come here to choose from, not into the document."
    ),
    "repeats": _(
        "How often noise is added and taken away again. More make the picture more real\n"
        "and less yours, and take as many times longer."
    ),
    "strip_t0s": _("The t0 of the pictures that Strip makes, up to eight, with spaces between."),
    "preview": _("The picture as the model sees it now. It becomes a layer when it is done."),
    "more": _("Shows what is rarely needed, or hides it."),
    "model": _(
        "What has learned how pictures look. Each model knows one kind of picture\n"
        "and composes best at its own size, which is written below it."
    ),
    "manage": _("Opens the settings: other models, the device, the backend, the history."),
    "label": _(
        "What the picture shows: one of the model's classes, by name or number.\n"
        "Left empty, the model chooses by itself."
    ),
    "prompt": _("What the picture shows, in words. Left empty, your painting alone decides."),
    "negative_prompt": _("What should not be in the picture, in words."),
    "guidance_scale": _(
        "How strongly the words count. 0 is what suits the model;\n"
        "1 lets the painting decide, 7 follows the words closely."
    ),
    "live": _(
        "While it is on, what you paint is refined as soon as you lift the brush, in few steps.\n"
        "It is shown, not added: Apply makes it a layer."
    ),
    "live_on_canvas": _("Shows live results over the canvas, not only in this panel."),
    "tabs": _("The picture that forms, or what was made of this document before."),
    "history": _(
        "What was made of this document before, the newest first. A double click makes it a layer\n"
        "again; a right click offers more."
    ),
    "history_more": _("Shows the results before those."),
    "recipe": _(
        "All that made the active layer. The menu makes it again, varies it,\n"
        "or checks that the same recipe still gives the same picture."
    ),
    "place": _(
        "A new layer above the guide; one that takes the place of the last result;\n"
        "or a layer in a group of results."
    ),
    "mark": _(
        "Results carry an invisible mark that says that they were generated;\n"
        "'sdedit detect' finds it, also after JPEG and scaling."
    ),
    "backend": _("Who makes the pictures: this machine, or one that it is paired with."),
    "device": _("What this machine computes on. A change counts once no edit is under way."),
    "history_mb": _(
        "How much room earlier results may take on the disk; the oldest go first.\n"
        "A change counts once no edit is under way."
    ),
    "models": _("The models that the backend has. A click chooses one."),
    "import_file": _(
        "Makes a model of a checkpoint: SDEdit's own, DDPM, score_sde, guided-diffusion\n"
        "or Stable Diffusion. It is converted once; no program in it is ever run.\n"
        "Settings that it does not hold itself are read from NAME.json beside it."
    ),
    "import_folder": _("Makes a model of a folder that the diffusers library has written."),
    "models_folder": _("Opens the folder in which imported and trained models lie."),
    "hub_name": _("As it stands on the hub's page: owner/name. Its licence is yours to read."),
    "download": _("Fetches that model and makes it ready; what is there is not fetched again."),
    "import_words": _("What the import is doing, and how it ended."),
    "import_progress": _("How much of the model is there."),
    "import_stop": _("Gives the import up; what is downloaded already is kept."),
}
