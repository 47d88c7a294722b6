"""Addresses in groups: each leads where it led in one long list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, include, path, resolve
from django.urls.resolvers import RegexPattern

from throughline.web import urls


def view(*_: Any, **__: Any) -> HttpResponse:
    """Stand for a page."""
    return HttpResponse()


def addresses(patterns: Any, before: str = "") -> Iterator[tuple[str, str | None]]:
    for each in patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, here)
        else:
            yield here, each.name


class TestByFirstWord:
    """Grouping addresses."""

    def test_keeps_every_address_with_its_name(self) -> None:
        assert sorted(map(str, addresses(urls.urlpatterns))) == sorted(map(str, addresses(urls._pages)))

    def test_puts_those_of_a_record_type_behind_all_words(self) -> None:
        listed = [path("<records:spec>/", view, name="any"), path("", include([path("deals/", view, name="own")]))]

        grouped = urls.by_first_word(listed)

        assert [str(each.pattern) for each in grouped] == ["deals/", "<records:spec>/"]

    @pytest.mark.parametrize(
        ("address", "name", "given"),
        [
            ("/", "my_work", {}),
            ("/deals/board/", "deal_board", {}),
            ("/leads/board/", "record_board", {"spec": "lead"}),
            ("/contacts/7/", "record", {"spec": "contact", "record_id": 7}),
            ("/duplicates/contacts/3/4/", "duplicate_pair", {"spec": "contact", "one_id": 3, "other_id": 4}),
        ],
    )
    def test_leads_to_the_same_pages(self, db: None, address: str, name: str, given: dict[str, Any]) -> None:
        found = resolve(address)

        assert found.url_name == name
        assert {key: getattr(value, "type", value) for key, value in found.kwargs.items()} == given

    def test_each_is_a_plain_path(self) -> None:
        patterns: list[URLPattern | URLResolver] = list(urls.urlpatterns)
        assert not [each for each in patterns if isinstance(each.pattern, RegexPattern)]
