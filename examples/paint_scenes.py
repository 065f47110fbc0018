"""Paints six rough landscapes as a hand would: few colours, broad strokes, no detail.

    python examples/paint_scenes.py FOLDER

They are guides for SDEdit: what an artist blocks in within two minutes. Each stroke is a row of
round dabs of one colour along a bent line.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIZE = 720, 432
Colour = tuple[int, int, int]
Point = tuple[float, float]


class Painting:
    """A canvas with a round brush; places are fractions of its width and height."""

    def __init__(self, ground: Colour, seed: int) -> None:
        self.image = Image.new("RGB", SIZE, ground)
        self.draw = ImageDraw.Draw(self.image)
        self.random = np.random.default_rng(seed)

    def stroke(self, points: list[Point], colour: Colour, radius: float) -> None:
        """One stroke through ``points``; its colour and pressure waver a little."""
        tint = np.array(colour) + self.random.normal(0, 4, 3)
        fill = tuple(int(value) for value in tint.clip(0, 255))
        places = np.array(points) * SIZE
        for start, end in zip(places, places[1:]):
            length = max(1, int(np.hypot(*(end - start)) / 3))
            for share in np.linspace(0, 1, length):
                x, y = start + (end - start) * share
                r = radius * SIZE[1] * (1 + 0.1 * np.sin(share * 9 + x / 40))
                self.draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def band(self, top: float, bottom: float, colours: list[Colour], radius: float) -> None:
        """Level strokes from ``top`` to ``bottom``, going through ``colours``."""
        for y in np.arange(top, bottom, radius * 1.1):
            place = (y - top) / max(1e-6, bottom - top) * (len(colours) - 1)
            colour = colours[min(len(colours) - 1, round(place))]
            wave = self.random.normal(0, radius / 3, 5)
            self.stroke([(i / 4, y + wave[i]) for i in range(5)], colour, radius)

    def hill(self, outline: list[Point], foot: float, colour: Colour, radius: float) -> None:
        """A filled shape below ``outline`` down to ``foot``, and a stroke along its edge."""
        shape = [*outline, (outline[-1][0], foot), (outline[0][0], foot)]
        self.draw.polygon([(x * SIZE[0], y * SIZE[1]) for x, y in shape], fill=colour)
        self.stroke(outline, colour, radius)

    def dabs(self, places: list[Point], colour: Colour, radius: float, count: int) -> None:
        """Short dabs scattered around each place."""
        for x, y in places:
            for _ in range(count):
                dx, dy = self.random.normal(0, radius, 2)
                self.stroke([(x + dx, y + dy), (x + dx + 0.004, y + dy)], colour, radius)


def mountains() -> Image.Image:
    p = Painting((150, 185, 215), 1)
    p.band(0.0, 0.5, [(108, 152, 200), (150, 185, 215), (205, 215, 222)], 0.05)
    p.stroke([(0.1, 0.13), (0.35, 0.1), (0.5, 0.14)], (225, 230, 235), 0.035)
    p.hill(
        [
            (0.0, 0.45),
            (0.2, 0.27),
            (0.32, 0.37),
            (0.52, 0.13),
            (0.66, 0.33),
            (0.8, 0.24),
            (1, 0.42),
        ],
        0.62,
        (104, 112, 130),
        0.012,
    )
    p.hill([(0.45, 0.23), (0.52, 0.13), (0.59, 0.23), (0.53, 0.2)], 0.22, (236, 240, 244), 0.01)
    p.stroke([(0.54, 0.2), (0.6, 0.32), (0.64, 0.42)], (76, 82, 98), 0.025)
    p.stroke([(0.22, 0.32), (0.28, 0.42), (0.36, 0.5)], (80, 88, 100), 0.025)
    p.hill([(0.0, 0.55), (0.25, 0.5), (0.5, 0.58), (0.8, 0.5), (1, 0.54)], 0.68, (58, 82, 60), 0.02)
    p.band(0.68, 0.9, [(88, 118, 140), (70, 100, 126), (60, 88, 112)], 0.03)
    p.stroke([(0.42, 0.72), (0.6, 0.74)], (150, 168, 180), 0.014)
    p.hill([(0.0, 0.86), (0.3, 0.93), (0.7, 0.9), (1, 0.84)], 1.0, (72, 86, 46), 0.03)
    p.stroke([(0.02, 0.93), (0.3, 0.97)], (104, 112, 62), 0.02)
    return p.image


def sea() -> Image.Image:
    p = Painting((200, 210, 220), 2)
    p.band(0.0, 0.42, [(120, 160, 205), (165, 195, 220), (235, 222, 200)], 0.05)
    p.stroke([(0.55, 0.12), (0.75, 0.09), (0.95, 0.13)], (240, 240, 240), 0.045)
    p.stroke([(0.05, 0.24), (0.3, 0.22)], (232, 232, 236), 0.03)
    p.band(0.43, 0.78, [(44, 98, 140), (38, 110, 140), (74, 150, 160)], 0.03)
    p.hill([(0.0, 0.3), (0.1, 0.28), (0.2, 0.38), (0.27, 0.47)], 0.5, (92, 84, 70), 0.02)
    p.stroke([(0.0, 0.78), (0.4, 0.74), (0.7, 0.78), (1, 0.75)], (226, 234, 234), 0.016)
    p.stroke([(0.3, 0.62), (0.6, 0.6)], (150, 190, 196), 0.01)
    p.hill([(0.0, 0.82), (0.4, 0.79), (0.7, 0.83), (1, 0.8)], 1.0, (206, 182, 138), 0.02)
    p.stroke([(0.1, 0.93), (0.6, 0.9)], (184, 158, 114), 0.03)
    return p.image


def forest_edge() -> Image.Image:
    p = Painting((190, 205, 215), 3)
    p.band(0.0, 0.4, [(140, 175, 210), (195, 210, 220), (222, 224, 216)], 0.05)
    p.hill([(0.0, 0.4), (0.4, 0.34), (0.7, 0.38), (1, 0.3)], 0.6, (110, 130, 132), 0.02)
    for x, y in [(0.58, 0.3), (0.68, 0.22), (0.78, 0.26), (0.88, 0.16), (0.97, 0.2)]:
        p.stroke([(x, y), (x, 0.62)], (40, 62, 38), 0.055)
    p.dabs([(0.62, 0.36), (0.74, 0.32), (0.86, 0.28), (0.95, 0.34)], (66, 92, 48), 0.03, 6)
    p.hill([(0.0, 0.58), (0.5, 0.6), (1, 0.64)], 1.0, (122, 142, 70), 0.02)
    p.band(0.68, 0.8, [(142, 152, 80), (128, 140, 66)], 0.025)
    p.stroke([(0.3, 1.0), (0.36, 0.8), (0.5, 0.66)], (178, 156, 116), 0.035)
    p.stroke([(0.0, 0.95), (0.2, 0.9)], (84, 104, 48), 0.05)
    return p.image


def desert() -> Image.Image:
    p = Painting((200, 215, 230), 4)
    p.band(0.0, 0.5, [(82, 140, 200), (140, 182, 220), (222, 214, 200)], 0.05)
    p.hill([(0.05, 0.45), (0.1, 0.3), (0.3, 0.29), (0.36, 0.46)], 0.52, (166, 96, 66), 0.01)
    p.hill([(0.6, 0.46), (0.64, 0.36), (0.72, 0.35), (0.78, 0.47)], 0.52, (150, 92, 70), 0.01)
    p.hill([(0.0, 0.5), (0.5, 0.48), (1, 0.51)], 0.65, (200, 150, 100), 0.015)
    p.hill([(0.0, 0.72), (0.3, 0.58), (0.55, 0.66), (1, 0.56)], 1.0, (218, 168, 108), 0.02)
    p.hill([(0.3, 0.58), (0.42, 0.7), (0.62, 0.88), (0.3, 0.8)], 0.9, (172, 118, 72), 0.015)
    p.stroke([(0.1, 0.95), (0.5, 0.92), (0.9, 0.96)], (232, 190, 132), 0.035)
    return p.image


def snow() -> Image.Image:
    p = Painting((180, 195, 215), 5)
    p.band(0.0, 0.45, [(120, 140, 175), (170, 184, 205), (236, 208, 190)], 0.05)
    p.hill(
        [(0, 0.4), (0.25, 0.25), (0.5, 0.42), (0.75, 0.2), (1, 0.38)], 0.6, (196, 206, 222), 0.015
    )
    p.stroke([(0.27, 0.3), (0.38, 0.42)], (126, 140, 166), 0.025)
    p.stroke([(0.77, 0.26), (0.88, 0.4)], (126, 140, 166), 0.03)
    p.stroke([(0.0, 0.55), (0.35, 0.53), (0.7, 0.56), (1, 0.52)], (54, 68, 70), 0.04)
    p.hill([(0.0, 0.64), (0.5, 0.6), (1, 0.66)], 1.0, (226, 232, 240), 0.02)
    p.stroke([(0.1, 0.86), (0.5, 0.78), (0.95, 0.84)], (180, 196, 220), 0.03)
    p.stroke([(0.6, 0.95), (1.0, 0.92)], (206, 216, 232), 0.04)
    return p.image


def river() -> Image.Image:
    p = Painting((190, 205, 220), 6)
    p.band(0.0, 0.4, [(128, 158, 190), (190, 200, 208), (226, 218, 204)], 0.05)
    p.stroke([(0.1, 0.1), (0.5, 0.14), (0.8, 0.08)], (160, 170, 184), 0.05)
    p.hill([(0, 0.3), (0.2, 0.2), (0.4, 0.36), (0.5, 0.42)], 0.6, (92, 106, 92), 0.015)
    p.hill([(0.5, 0.42), (0.7, 0.22), (0.85, 0.3), (1, 0.24)], 0.6, (108, 116, 108), 0.015)
    p.hill([(0.0, 0.5), (0.5, 0.44), (1, 0.5)], 1.0, (98, 120, 62), 0.02)
    p.hill([(0.47, 0.46), (0.5, 0.45), (0.53, 0.46), (0.58, 0.56)], 0.56, (140, 168, 186), 0.01)
    p.stroke([(0.52, 0.5), (0.46, 0.6), (0.56, 0.74), (0.44, 1.0)], (120, 152, 172), 0.06)
    p.stroke([(0.44, 1.0), (0.56, 0.8)], (96, 130, 152), 0.09)
    p.dabs([(0.1, 0.6), (0.2, 0.7), (0.84, 0.62), (0.9, 0.76)], (60, 82, 42), 0.035, 7)
    p.stroke([(0.7, 0.94), (0.98, 0.9)], (134, 146, 82), 0.04)
    return p.image


SCENES = {
    "mountains": mountains,
    "sea": sea,
    "forest-edge": forest_edge,
    "desert": desert,
    "snow": snow,
    "river": river,
}


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "scenes")
    folder.mkdir(parents=True, exist_ok=True)
    for name, paint in SCENES.items():
        paint().save(folder / f"{name}.png")


if __name__ == "__main__":
    main()
