"""A sheet of small pictures: a row for each guide, a column for each t0, filled one by one."""

from __future__ import annotations

from PIL import Image, ImageDraw
from torch import Tensor

from backend.evaluation.photographs import to_picture

HEIGHT_PX = 128
GAP_PX = 4


class ContactSheet:
    """Rows and columns come in the order in which they are first named."""

    def __init__(self) -> None:
        self._pictures: dict[tuple[str, str], Image.Image] = {}

    def add(self, row: str, column: str, pixels: Tensor) -> None:
        """Put a picture (3, H, W) uint8 in its place, no higher than HEIGHT_PX."""
        picture = to_picture(pixels)
        width = max(1, round(picture.width * HEIGHT_PX / picture.height))
        if picture.height > HEIGHT_PX:
            picture = picture.resize((width, HEIGHT_PX), Image.Resampling.LANCZOS)
        self._pictures[row, column] = picture

    def picture(self) -> Image.Image:
        """All of it, with its columns' names, and its rows' in the first column.

        There must be a picture in it.
        """
        rows = list(dict.fromkeys(row for row, _ in self._pictures))
        columns = list(dict.fromkeys(column for _, column in self._pictures))
        width = max(picture.width for picture in self._pictures.values()) + GAP_PX
        height = max(picture.height for picture in self._pictures.values()) + GAP_PX
        size = (width * len(columns) - GAP_PX, height * len(rows) - GAP_PX)
        sheet = Image.new("RGB", size, "white")
        for (row, column), picture in self._pictures.items():
            left, top = width * columns.index(column), height * rows.index(row)
            sheet.paste(picture, (left, top))
            label = f"{column}\n{row}" if column == columns[0] else column
            ImageDraw.Draw(sheet).text(
                (left + 5, top + 3), label, fill="white", stroke_width=1, stroke_fill="black"
            )
        return sheet
