"""How people's names are written and sorted. Pure."""

from __future__ import annotations

from throughline.core.records.text import clean, fold


def full_name(first: str, middle: str, last: str) -> str:
    """Return the parts of a name as one: ``Maya``, ``""``, ``Lin`` → ``Maya Lin``."""
    return " ".join(filter(None, map(clean, (first, middle, last))))


def split_name(name: str) -> tuple[str, str]:
    """
    Return (first names, last name) of a name as written; ``Lin, Maya`` and ``Maya Lin`` alike, one word is a first
    name.
    """
    if "," in name:
        last, _, first = name.partition(",")
        return clean(first), clean(last)
    words = clean(name).split()
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else ("".join(words), "")


def sort_name(first: str, last: str, name: str) -> str:
    """Return how a person is sorted: last name, then the others, in lower case without accents."""
    return fold(f"{last} {first}" if last else first or name)


def domain_of(email_or_site: str) -> str:
    """Return the domain of an e-mail address or web site, without ``www.``; empty when there is none."""
    text = clean(email_or_site).casefold().rpartition("@")[2]
    host = text.partition("://")[2] or text
    return host.partition("/")[0].partition(":")[0].removeprefix("www.")


def affiliation_text(name: str, role: str) -> str:
    """Return how lists and files name a further organization of a person: ``Beta Ltd (Advisor)``."""
    return f"{name} ({role})" if role else name


def read_affiliation(text: str) -> tuple[str, str]:
    """Return (organization, role) of what ``affiliation_text`` wrote; without brackets at its end there is no role."""
    written = clean(text)
    if written.endswith(")") and " (" in written:
        name, _, role = written[:-1].rpartition(" (")
        return clean(name), clean(role)
    return written, ""
