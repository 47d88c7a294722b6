"""Reading the tables of a page as people do: by their caption, each line by its first cell."""

from __future__ import annotations

import re


def figures(page: str, title: str) -> dict[str, list[str]]:
    """Return the lines of a table of the page by their first cell."""
    table = next(part for part in page.split("<table")[1:] if title in part.split("</caption>")[0]).split("</table>")[0]
    lines = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
    cells = [[words(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", line, re.DOTALL)] for line in lines]
    return {first: rest for first, *rest in cells}


def words(markup: str) -> str:
    """Return what is written in a piece of a page."""
    return " ".join(re.sub("<[^>]+>", " ", markup).split())


def number(cell: str) -> int:
    """Return the number that a cell begins with."""
    return int(cell.split()[0].replace(",", ""))
