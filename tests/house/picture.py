"""Draw docs/architecture.svg: how data flow through the stages, and which room imports which.

    python -m tests.house.picture          # `make docs` does it too

The first part comes from the table of stages, the second from the imports. The table of stages in
docs/architecture.md is written too.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from tests.house.code import read
from tests.house.flow import flow, table
from tests.house.imports import Arrows, arrows, floors, reduced

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "architecture.svg"
PAGE = ROOT / "docs" / "architecture.md"

_CELL = 20  # pixels of a room in the matrix
_NAMES = 130  # width of the rooms' names
_BOX, _ROW, _FLOW = 84, 40, 150  # a stage, the distance of two, the height of all
_INK, _LINE, _FLOOR = "#1f2328", "#d0d7de", "#f3f5f8"
_DOT = "#0969da"
_EDGE, _TITLE, _SLANT, _WIDTH = 16, 34, 76, 860
_ARROW = (
    '<defs><marker id="end" markerWidth="7" markerHeight="7" refX="3" refY="3" orient="auto">'
    f'<path d="M0 0 L6 3 L0 6 z" fill="{_DOT}"/></marker></defs>'
)


def draw() -> str:
    """The whole picture as SVG."""
    rooms = arrows(read(ROOT / "src" / "lingraft"))
    width = max(_WIDTH, _NAMES + _CELL * len(rooms) + _SLANT)
    height = 3 * _TITLE + _FLOW + _SLANT + _CELL * len(rooms)
    below = 2 * _TITLE + _FLOW
    parts = [
        _text(_EDGE, _TITLE - 10, "How data flow: an arrow goes to a stage that reads the results"),
        *_flow(flow(), _EDGE, _TITLE, width - 2 * _EDGE),
        _text(_EDGE, below - 10, "Which room (row) imports which (column)"),
        *_matrix(rooms, _EDGE, below + _SLANT),
    ]
    style = "font-family: system-ui, 'DejaVu Sans', sans-serif; font-size: 12px"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="{style}">'
    )
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join([head, _ARROW, ground, *parts, "</svg>"]) + "\n"


def page() -> str:
    """docs/architecture.md with the table of stages as it is now."""
    return re.sub(
        r"(<!-- stages -->\n).*?(\n<!-- end -->)",
        lambda found: found[1] + table() + found[2],
        PAGE.read_text("utf-8"),
        flags=re.DOTALL,
    )


def _flow(reads: Arrows, left: float, top: float, width: float) -> Iterator[str]:
    """Boxes of stages from left to right; an arrow from a stage to one that reads its results.

    Where a stage reads another also through a third one, the direct arrow is left out. The first
    stage of a column is the one that is read soonest: longer arrows then pass below the others.
    """
    columns = floors(reads)
    level = {stage: number for number, stages in enumerate(columns) for stage in stages}

    def soonest(stage: str) -> int:
        return min((level[other] for other in reads if stage in reads[other]), default=0)

    step = (width - _BOX) / (len(columns) - 1)
    place = {}
    for column, stages in enumerate(columns):
        first = top + (_FLOW - _ROW * len(stages)) / 2
        for row, stage in enumerate(sorted(stages, key=soonest)):
            place[stage] = (left + step * column, first + _ROW * (row + 0.5))
    for stage, others in reduced(reads).items():
        x, y = place[stage]
        for other in sorted(others):
            right, middle = place[other][0] + _BOX, place[other][1]
            turn = max(right, x - step + _BOX)
            bend = (x - turn) / 2
            path = f"M{right} {middle} L{turn} {middle} C{turn + bend} {middle} "
            path += f"{x - bend} {y} {x - 5} {y}"
            yield f'<path d="{path}" fill="none" stroke="{_DOT}" marker-end="url(#end)"/>'
    for stage, (x, y) in place.items():
        yield (
            f'<rect x="{x}" y="{y - 12}" width="{_BOX}" height="24" rx="4" fill="{_FLOOR}" '
            f'stroke="{_LINE}"/>'
        )
        yield _text(x + _BOX / 2, y + 4, stage, anchor="middle")


def _matrix(rooms: Arrows, left: float, top: float) -> Iterator[str]:
    """A dot where the room of a row imports the room of a column; all are below the diagonal."""
    levels = floors(rooms)
    order = [room for level in levels for room in level]
    width = _CELL * len(order)
    start = left + _NAMES
    row = 0
    for number, level in enumerate(levels):
        height = _CELL * len(level)
        if number % 2 == 0:
            y = top + _CELL * row
            size = f'width="{_NAMES + width}" height="{height}"'
            yield f'<rect x="{left}" y="{y}" {size} fill="{_FLOOR}"/>'
        row += len(level)
    for place, room in enumerate(order):
        y, x = top + _CELL * (place + 0.5), start + _CELL * (place + 0.5)
        yield _text(left + 6, y + 4, room)
        yield _text(x, top - 6, room, turn=-45)
        yield f'<line x1="{x}" y1="{top}" x2="{x}" y2="{y}" stroke="{_LINE}"/>'
        yield f'<line x1="{start}" y1="{y}" x2="{x}" y2="{y}" stroke="{_LINE}"/>'
        yield f'<rect x="{x - 4}" y="{y - 4}" width="8" height="8" fill="{_LINE}"/>'
        for other in sorted(rooms[room]):
            at = start + _CELL * (order.index(other) + 0.5)
            title = f"<title>{room} imports {other}</title>"
            yield f'<circle cx="{at}" cy="{y}" r="4.5" fill="{_DOT}">{title}</circle>'


def _text(x: float, y: float, words: str, *, turn: float = 0, anchor: str = "start") -> str:
    turned = f' transform="rotate({turn} {x} {y})"' if turn else ""
    return (
        f'<text x="{x}" y="{y}" fill="{_INK}" text-anchor="{anchor}"{turned}>{escape(words)}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
    PAGE.write_text(page(), "utf-8")
