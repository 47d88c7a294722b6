"""Boxed relations (DMN 1.5, 10.2.1.6): a list of contexts, one per row, with an entry per column."""

from __future__ import annotations

from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static, typed
from throughline.flow.dmn.session import Scope, Session


def compile_relation(expression: m.Relation, static: Static) -> Logic:
    """Compile each cell; a row shorter than the columns is reported and filled with null."""
    types = [static.type_named(column.type_ref, column) for column in expression.columns]
    rows: list[list[tuple[str, Logic]]] = []
    for number, row in enumerate(expression.rows, start=1):
        if len(row.elements) != len(expression.columns):
            static.report(
                row,
                f"Expected row {number} to have {len(expression.columns)} cells, but it has {len(row.elements)}.",
            )
        cells = zip(expression.columns, types, row.elements, strict=False)
        rows.append(
            [(column.name, typed(static.logic(cell), type_, f"“{column.name}”")) for column, type_, cell in cells]
        )
    blank = dict.fromkeys(column.name for column in expression.columns)

    def logic(scope: Scope, session: Session) -> list[dict[str, Any]]:
        return [{**blank, **{name: cell(scope, session) for name, cell in row}} for row in rows]

    return logic
