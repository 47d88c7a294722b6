"""
What customers say: the words that several of them use where somebody wrote down a reason.

Read are the reasons that are kept: why a deal or an enquiry was won or lost, how a quote was answered, why a contract
or a subscription ended. A theme is a word; it holds every saying in which the word stands, just as the filter of a list
finds it, so each number can be looked up. Nothing is guessed: words that mean the same are two themes, and a saying may
belong to several. A word counts from three customers on, and words without a meaning of their own are left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry

FEWEST = 3
"""So many customers make a theme."""
SHOWN = 12
NEWEST = 20_000
"""So many of the last sayings of each kind are read."""
SHORTEST = 4
EXAMPLES = 2
LONGER = 200
"""So many longer forms of a word are looked at."""
TRIED = 100
"""So many words, those of the most customers, are looked up in every saying."""

WITHOUT_MEANING = frozenset(
    word
    for line in (
        "about after again also because been before being below between both cannot could does doing down during each",
        "every from further have having here hers himself into itself just like made make many more most much myself",
        "need needs only other ours over same should some such than that their them themselves then there these they",
        "this those through under until very want wanted were what when where which while will with without would your",
        "aber alle als also auch auf aus beim bereits dass dann denn dieser doch durch eine einem einen einer eines",
        "etwas haben hatte ihre ihren immer jetzt kann kein keine keinen mehr mich noch nach nicht nichts oder ohne",
        "sehr sein seine sich sind sondern über unser unsere unter viel vom von war waren weil wenn werden wird wurde",
        "avec cette dans elle être fait leur mais mieux nous parce pour quand sans sont tous tout très trop vous",
        "como cuando desde donde ella este esta hasta pero porque sino sobre también tiene todo unos",
        "alla anche come dalla della delle dove loro molto nella ogni perché quando quello sono tutti",
    )
    for word in line.split()
)
"""Words of English, German, French, Spanish and Italian that say nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Source:
    """A field in which a reason stands, of a record type, and the way from the record to the customer."""

    record: str
    field: str
    customer: str


SOURCES = (
    Source("deal", "lost_reason", "organization_id"),
    Source("deal", "won_reason", "organization_id"),
    Source("lead", "lost_reason", "contact__organization_id"),
    Source("quote", "answer_reason", "organization_id"),
    Source("contract", "end_reason", "organization_id"),
    Source("subscription", "end_reason", "organization_id"),
)


@dataclass(frozen=True, slots=True)
class Saying:
    """One reason: where it stands, of which customer (an organization; None where that is not known)."""

    source: Source
    text: str
    customer: int | None


@dataclass(frozen=True, slots=True)
class Theme:
    """
    A word and where it stands: ``sayings`` by their source, the ``customers`` who said it, the texts said most often.
    """

    word: str
    sayings: Mapping[Source, int]
    customers: tuple[int, ...]
    examples: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many sayings have it."""
        return sum(self.sayings.values())


def sayings(*, user: User) -> list[Saying]:
    """Return the reasons that ``user`` may read, the newest of each kind first. One query per source."""
    found: list[Saying] = []
    for source in SOURCES:
        spec = registry.find(source.record)
        if spec is None or access.grants(user).scope(source.record, access.VIEW) is access.Scope.NONE:
            continue
        if not access.field_rights(user, spec).reads(source.field):
            continue
        records = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
        told = records.exclude(**{source.field: ""}).order_by("-pk").values_list(source.field, source.customer)
        found += [Saying(source, text, customer) for text, customer in told[:NEWEST]]
    return found


def themes(said: Sequence[Saying]) -> list[Theme]:
    """Return the words that customers use, the most frequent first. Pure."""
    lowered = [each.text.lower() for each in said]
    users: dict[str, set[int]] = defaultdict(set)
    for each, text in zip(said, lowered, strict=True):
        if each.customer is not None:
            for word in set(_words(text)):
                users[word].add(each.customer)
    words = _plain(_common(users))
    made = [_theme(word, [each for each, text in zip(said, lowered, strict=True) if word in text]) for word in words]
    return sorted(made, key=lambda theme: (-len(theme.customers), -theme.count, theme.word))[:SHOWN]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", text) if len(word) >= SHORTEST and word not in WITHOUT_MEANING]


def _common(users: Mapping[str, set[int]]) -> list[str]:
    """Return the words, those of the most customers first, that enough of them use in this or in a longer form."""
    ordered = sorted(users)
    found: list[tuple[int, str]] = []
    for place, word in enumerate(ordered):
        customers: set[int] = set()
        for longer in takewhile(partial(_begins, word), ordered[place : place + LONGER]):
            customers |= users[longer]
        if len(customers) >= FEWEST:
            found.append((-len(customers), word))
    return [word for _count, word in sorted(found)[:TRIED]]


def _begins(word: str, longer: str) -> bool:
    return longer.startswith(word)


def _plain(words: Iterable[str]) -> list[str]:
    """Return the words of which none holds another one: what “prices” finds, “price” finds as well."""
    kept: list[str] = []
    for word in sorted(words, key=lambda word: (len(word), word)):
        if not any(other in word for other in kept):
            kept.append(word)
    return kept


def _theme(word: str, said: Sequence[Saying]) -> Theme:
    texts = Counter(each.text.strip() for each in said)
    ranked = sorted(texts, key=lambda text: (-texts[text], text))
    counted = Counter(each.source for each in said)
    customers = sorted({each.customer for each in said if each.customer is not None})
    return Theme(
        word,
        {source: counted[source] for source in SOURCES if counted[source]},
        tuple(customers),
        tuple(ranked[:EXAMPLES]),
    )
