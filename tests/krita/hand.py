"""The tester's hand: the real pointer and keyboard, on the canvas and on widgets."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tests.krita.link import KritaError

if TYPE_CHECKING:
    from tests.krita.session import KritaSession

Point = tuple[float, float]
# Distance between motion events of a drag: a quick hand on a 100 Hz mouse.
MOTION_STEP_PX = 6
EVENT_TIMEOUT_S = 10.0
MOVE = "KritaTransform/KisToolMove"
RECTANGULAR_SELECTION = "KisToolSelectRectangular"


@dataclasses.dataclass(frozen=True)
class Placement:
    """Where the image lies on the screen."""

    zoom: float
    left: float
    top: float
    seen_left: int
    seen_top: int
    seen_right: int
    seen_bottom: int

    def on_screen(self, point: Point) -> tuple[int, int]:
        """The screen point over an image point; KritaError if the canvas does not show it."""
        x = round(self.left + self.zoom * point[0])
        y = round(self.top + self.zoom * point[1])
        if not (self.seen_left <= x < self.seen_right and self.seen_top <= y < self.seen_bottom):
            raise KritaError(f"image point {point} is not in sight: {self}")
        return x, y


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """Points on the way from one screen point to another, the last included."""
    steps = max(1, math.ceil(math.dist(start, end) / MOTION_STEP_PX))
    return [
        (
            round(start[0] + (end[0] - start[0]) * i / steps),
            round(start[1] + (end[1] - start[1]) * i / steps),
        )
        for i in range(1, steps + 1)
    ]


class Hand:
    """Each gesture of the pointer returns once Krita has received the last of its events."""

    def __init__(self, krita: KritaSession) -> None:
        self._krita = krita
        self._screen = krita.screen

    # -- the canvas -----------------------------------------------------------------------

    def take_brush(
        self,
        preset: str = "b) Basic-1",
        size_px: float = 20.0,
        rgb: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        """Take the freehand brush tool, a preset, its size in image pixels, and a colour."""
        self._krita.run(
            "canvas.take_brush(preset, size_px, rgb)", preset=preset, size_px=size_px, rgb=rgb
        )

    def show_whole_image(self) -> Placement:
        """Put all of the image in sight, upright, at 100 % or a half, a quarter, ... of it."""
        self._krita.run("canvas.show_whole_image()")
        return Placement(**self._krita.run("canvas.placement()"))

    def paint_stroke(self, points: Sequence[Point]) -> None:
        """Drag the pen over the canvas through image points, and wait for Krita to paint it.

        A single point is a dab. The layer that is active gets the paint.
        """
        placement = self.show_whole_image()
        self._drag([placement.on_screen(point) for point in points])
        self._krita.run("documents.active() and None")

    @contextlib.contextmanager
    def holding_stroke(self, points: Sequence[Point]) -> Iterator[None]:
        """Paint a stroke and keep the pen down during the block. Nothing in it may use
        ``documents``, which end a stroke that is open."""
        placement = self.show_whole_image()
        with self._dragging([placement.on_screen(point) for point in points]):
            yield

    def select_rectangle(self, corner: Point, opposite: Point) -> None:
        """Drag a rectangle with the rectangular selection tool."""
        self._krita.run("canvas.take_tool(name)", name=RECTANGULAR_SELECTION)
        placement = self.show_whole_image()
        self._drag([placement.on_screen(corner), placement.on_screen(opposite)])
        # For a moment the new selection is there but still empty.
        self._krita.wait_until("(selections.read() or {'pixels': b''})['pixels']", EVENT_TIMEOUT_S)

    def move_layer(self, start: Point, end: Point) -> None:
        """Drag the active layer with the move tool."""
        self._krita.run("canvas.take_tool(name)", name=MOVE)
        placement = self.show_whole_image()
        self._drag([placement.on_screen(start), placement.on_screen(end)])
        self._krita.run("documents.active() and None")

    # -- widgets --------------------------------------------------------------------------

    def click(self, object_name: str) -> None:
        """Click in the middle of a widget; KritaError if something covers it."""
        self._aim(object_name)
        with self._watching():
            self._screen.press_button()
            self._screen.release_button()
            self._await("events.seen()['releases'] >= 1", "the click")

    def click_part(self, object_name: str, text: str, button: int = 1, times: int = 1) -> None:
        """Click a tab, an item of a list, or a menu's entry by its text; 3 is the right button."""
        x, y = self._krita.run("widgets.part_point(name, text)", name=object_name, text=text)
        with self._watching():
            self._move_to((x, y))
            for _ in range(times):
                self._screen.press_button(button)
                self._screen.release_button(button)
            self._await("events.seen()['releases'] >= 1", "the click")

    def point_at(self, object_name: str) -> None:
        """Rest the pointer in the middle of a widget."""
        self._aim(object_name)

    def drag_across(self, object_name: str, start: float, end: float) -> None:
        """Drag from one place in a widget to another, both as fractions of its width."""
        with self.holding_drag(object_name, start, end):
            pass

    @contextlib.contextmanager
    def holding_drag(self, object_name: str, start: float, end: float) -> Iterator[None]:
        """The same, with the button kept down during the block."""
        x, y, width, height = self.rectangle(object_name)
        middle = y + height // 2
        with self._dragging([(x + round(at * (width - 1)), middle) for at in (start, end)]):
            yield

    def type_number(self, object_name: str, text: str) -> None:
        """Put a number into a spin box by clicking into it, typing, and leaving it with Tab."""
        self.click(object_name)
        self._krita.wait_until("widgets.has_keyboard(name)", EVENT_TIMEOUT_S, name=object_name)
        self._take_keyboard()
        self._screen.press_keys("ctrl+a")
        self._screen.type_text(text)
        self._screen.press_keys("Tab")
        self._krita.wait_until("not widgets.has_keyboard(name)", EVENT_TIMEOUT_S, name=object_name)

    def type_text(self, object_name: str, text: str) -> None:
        """Click into a text field, type over what it holds, and press Return."""
        self.click(object_name)
        self._krita.wait_until("widgets.has_keyboard(name)", EVENT_TIMEOUT_S, name=object_name)
        self._take_keyboard()
        self._screen.press_keys("ctrl+a")
        self._screen.type_text(text)
        self._screen.press_keys("Return")

    def choose(self, object_name: str, item: str) -> None:
        """Open a drop-down list with a click and choose an item by the keyboard."""
        self._take_keyboard()  # taken from an open list, it would close that
        self.click(object_name)
        self._krita.wait_until("widgets.popup_is_open()", EVENT_TIMEOUT_S)
        place = self.widget(object_name)["items"].index(item)
        self._screen.press_keys("Home", *["Down"] * place, "Return")
        self._krita.wait_until("not widgets.popup_is_open()", EVENT_TIMEOUT_S)

    def hover(self, object_name: str) -> None:
        """Let the pointer rest over a widget."""
        self._aim(object_name)

    def press_keys(self, *keys: str) -> None:
        """Press keys or chords by their X names, in Krita's active window: ``"ctrl+z"``. What they
        do is for the test to wait for."""
        self._take_keyboard()
        self._screen.press_keys(*keys)

    def widget(self, object_name: str) -> dict[str, Any]:
        """What a widget shows: class, enabled, visible, on_screen, and text, value, ..."""
        state: dict[str, Any] = self._krita.run("widgets.state(name)", name=object_name)
        return state

    def rectangle(self, object_name: str) -> tuple[int, int, int, int]:
        """x, y, width, height on the screen of the part of a widget that can be seen."""
        x, y, width, height = self._krita.run("widgets.rectangle(name)", name=object_name)
        return x, y, width, height

    def show_dockers(self, *object_names: str, width: int = 360, alone: bool = False) -> None:
        """Show dockers at the right, in front of their neighbours, that wide; ``alone`` hides all
        others but the toolbox, which leaves each more height."""
        names = list(object_names)
        if alone:
            self._krita.run("windows.hide_dockers(names)", names=names)
        self._krita.run("windows.show_dockers(names, width)", names=names, width=width)
        self._krita.wait_until("all(windows.dockers()[name] for name in names)", names=names)

    def turn_to_document(self, name: str) -> None:
        """Click on the tab of an open document."""
        x, y = self._krita.run("windows.document_tab(name)", name=name)
        with self._watching():
            self._move_to((x, y))
            self._screen.press_button()
            self._screen.release_button()
            self._await("events.seen()['releases'] >= 1", "the click")
        self._krita.wait_until("app.activeDocument().name() == name", EVENT_TIMEOUT_S, name=name)

    # -- the parts of a gesture -----------------------------------------------------------

    def _take_keyboard(self) -> None:
        """What a window manager does when a window becomes the active one."""
        self._screen.focus_window(self._krita.run("windows.active_window_id()"))

    def _aim(self, object_name: str) -> None:
        """Move the pointer onto a widget, again if the layout moved it away meanwhile."""
        for _ in range(10):
            x, y = self._krita.run("widgets.clickable_point(name)", name=object_name)
            with self._watching():
                self._screen.move_pointer(x, y)
                self._await("events.seen()['cursor'] == [x, y]", "the pointer", x=x, y=y)
            if [x, y] == self._krita.run("widgets.clickable_point(name)", name=object_name):
                return
        raise KritaError(f"{object_name!r} does not keep still")

    def _drag(self, points: list[tuple[int, int]]) -> None:
        with self._dragging(points):
            pass

    @contextlib.contextmanager
    def _dragging(self, points: list[tuple[int, int]]) -> Iterator[None]:
        with self._watching():
            self._move_to(points[0])
            self._screen.press_button()
            self._await("events.seen()['presses'] >= 1", "the press")
            try:
                for start, end in zip(points, points[1:]):
                    self._screen.glide_pointer(_between(start, end))
                    # A corner counts only once it was seen: motion events may be merged.
                    self._await("events.seen()['last'] == [x, y]", "a drag", x=end[0], y=end[1])
                yield
            finally:
                self._screen.release_button()
            self._await("events.seen()['releases'] >= 1", "the release")

    def _move_to(self, point: tuple[int, int]) -> None:
        # A pointer that is there already makes no event: step off first.
        self._screen.glide_pointer([(point[0] + 1, point[1] + 1), point])
        self._await("events.seen()['last'] == [x, y]", "the pointer", x=point[0], y=point[1])

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        self._krita.run("events.watch()")
        try:
            yield
        finally:
            self._krita.run("events.stop()")

    def _await(self, condition: str, what: str, **values: Any) -> None:
        try:
            self._krita.wait_until(condition, EVENT_TIMEOUT_S, **values)
        except KritaError as error:
            raise KritaError(
                f"Krita never saw {what}: {self._krita.run('events.seen()')}"
            ) from error
