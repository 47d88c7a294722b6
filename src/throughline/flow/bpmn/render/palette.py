"""
Colours of drawings.

In a page every colour is a CSS variable of the page's tokens with a fallback, written as a presentation attribute:
the drawing follows the theme without a style sheet of its own, and a strict content security policy has nothing to
object to. A file that stands alone (PNG, PDF, a download) has no page around it; :func:`settle` puts plain colours
in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

LIGHT: Final[Mapping[str, str]] = {
    "chart-canvas": "#fcfdfe",
    "chart-fill": "#ffffff",
    "chart-stroke": "#3b4252",
    "chart-label": "#1b202c",
    "chart-lane": "#f8f9fc",
    "chart-lane-line": "#98a1b3",
    "chart-here": "#dfe5ff",
    "chart-here-stroke": "#3a49b4",
    "chart-trodden": "#dcf7e6",
    "tone-good-line": "#2b9c66",
    "tone-news": "#e6edff",
    "tone-wait": "#fff0cf",
    "tone-late": "#ffe3e0",
    "tone-late-line": "#d63a34",
    "tone-late-text": "#8f1d19",
    "card": "#ffffff",
    "border": "#dfe2e8",
    "muted-foreground": "#565d6b",
    "primary": "#3a49b4",
    "primary-foreground": "#fbfbff",
}
DARK: Final[Mapping[str, str]] = {
    "chart-canvas": "#14171d",
    "chart-fill": "#1f232b",
    "chart-stroke": "#adb3c0",
    "chart-label": "#e9ebf0",
    "chart-lane": "#171a21",
    "chart-lane-line": "#757e90",
    "chart-here": "#2c3570",
    "chart-here-stroke": "#8f9df2",
    "chart-trodden": "#153826",
    "tone-good-line": "#3fab77",
    "tone-news": "#222d52",
    "tone-wait": "#43330f",
    "tone-late": "#512120",
    "tone-late-line": "#e2554c",
    "tone-late-text": "#ffb9b2",
    "card": "#191d24",
    "border": "#2f343e",
    "muted-foreground": "#a5abb8",
    "primary": "#5063d0",
    "primary-foreground": "#fbfbff",
}

_VARIABLE: Final = re.compile(r"var\(--([a-z-]+),#[0-9a-f]{6}\)")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20}|rgba?\([0-9., %]{5,40}\)")


def token(name: str) -> str:
    """Return the CSS variable with its light fallback."""
    return f"var(--{name},{LIGHT[name]})"


def settle(svg: str, palette: Mapping[str, str]) -> str:
    """Return the drawing with the colours of the palette in place of the variables."""
    return _VARIABLE.sub(lambda found: palette[found[1]], svg)


def chosen(colour: str) -> str:
    """Return a colour that a file asks for, if it is one and nothing else; else empty."""
    return colour if _COLOUR.fullmatch(colour) else ""


def readable_on(colour: str) -> str:
    """Return dark or light ink for a background that a person picked, which is the same in either theme."""
    digits = colour.removeprefix("#")
    if colour[:1] != "#" or len(digits) not in (3, 4, 6, 8):
        return DARK_INK
    step = 1 if len(digits) < 6 else 2
    red, green, blue = (int(digits[index * step : (index + 1) * step] * (3 - step), 16) for index in range(3))
    return DARK_INK if 0.299 * red + 0.587 * green + 0.114 * blue > 128 else LIGHT_INK


CANVAS: Final = token("chart-canvas")
FILL: Final = token("chart-fill")
STROKE: Final = token("chart-stroke")
LABEL: Final = token("chart-label")
LANE: Final = token("chart-lane")
LANE_LINE: Final = token("chart-lane-line")
HERE: Final = token("chart-here")
HERE_STROKE: Final = token("chart-here-stroke")
DONE: Final = token("chart-trodden")
DONE_STROKE: Final = token("tone-good-line")
LATE: Final = token("tone-late")
LATE_STROKE: Final = token("tone-late-line")
LATE_TEXT: Final = token("tone-late-text")
HEAT: Final = (FILL, token("tone-news"), token("tone-wait"), LATE)
CARD: Final = token("card")
BORDER: Final = token("border")
MUTED: Final = token("muted-foreground")
PRIMARY: Final = token("primary")
PRIMARY_TEXT: Final = token("primary-foreground")
ALARM: Final = "#b3261e"
"""Behind white text in either theme."""
DARK_INK: Final = "#1b202c"
LIGHT_INK: Final = "#ffffff"
