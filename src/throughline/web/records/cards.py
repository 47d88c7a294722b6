"""
The cards of a board's column: there are up to two hundred on a page, put together here as the rows of a list are.

What stands around them is a template (``records/_board.html``), and so is the menu of columns that each card opens:
it is drawn once for a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext as _
from markupsafe import Markup

from throughline.web.marks import avatar, escaped, icon
from throughline.web.parts import Card, StepNote


class _Words(NamedTuple):
    """The words of all cards, escaped; those with ``%(name)s`` take an escaped name."""

    owner: str
    nobody: str
    move: str
    move_to: str


def body(cards: Sequence[Card], *, moves: Markup, sign: Markup) -> Markup:
    """
    Put the cards of a column together. ``moves``: the buttons that send a card to a column; ``sign``: the field of
    forms that says where they come from.
    """
    words = _Words(
        *(
            str(escaped(text))
            for text in (_("Owner: %(name)s"), _("Nobody has it yet"), _("Move %(name)s"), _("Move to"))
        )
    )
    owner = cache(lambda name: _owner(name, words))
    menu = f'<p class="menu__title">{words.move_to}</p>\n{moves}'
    drawn = [_card(card, owner(card.owner), words.move, str(sign), menu) for card in cards]
    return Markup("".join(drawn))  # noqa: S704 - its parts are escaped


def _card(card: Card, owner: str, move: str, sign: str, menu: str) -> str:
    title = escaped(card.title)
    below = f'<p class="deal-card__sub">{escaped(card.subtitle)}</p>\n' if card.subtitle else ""
    figure = f'<strong class="numeric">{escaped(card.figure)}</strong> ' if card.figure else ""
    pills = "".join([f"{pill} " for pill in card.pills])
    return (
        f'<article class="deal-card" data-card data-row id="card-{card.id}">\n'
        f'<p class="deal-card__title"><a href="{escaped(card.url)}">{title}</a></p>\n{below}'
        f'<p class="deal-card__line"><span>{figure}{pills}</span>{owner}</p>\n'
        f"{_step(card.step) if card.step else ''}"
        f"{_menu(card, move % {'name': title}, sign, menu) if card.move_url else ''}</article>\n"
    )


def _owner(name: str, words: _Words) -> str:
    told = words.owner % {"name": escaped(name)} if name else words.nobody
    return f'{avatar(name)}<span class="sr-only">{told}</span>'


def _step(step: StepNote) -> str:
    return (
        f'<p class="step-chip" data-tone="{step.tone}">{icon(step.icon)}<span>{escaped(step.label)}</span>'
        f'<span class="when">{escaped(step.when)}</span></p>\n'
    )


def _menu(card: Card, label: str, sign: str, menu: str) -> str:
    """Return the ways of a card to other columns: a menu that opens, also without a script."""
    url = escaped(card.move_url)
    return (
        '<div class="deal-card__menu">\n'
        f'<button class="btn" data-variant="ghost" data-size="icon-small" type="button"'
        f' popovertarget="move-{card.id}" aria-label="{label}">{icon("ellipsis")}</button>\n'
        f'<form class="menu" id="move-{card.id}" popover method="post" action="{url}" data-move'
        f' hx-post="{url}" hx-target="#board" hx-swap="outerMorph">\n'
        f'{sign}<input type="hidden" name="version" value="{card.version}">\n{menu}\n</form>\n</div>\n'
    )
