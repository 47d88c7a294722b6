"""Hot parts: their texts, the rows of tables, and the token of forms."""

from __future__ import annotations

from typing import Any

import pytest
from django.middleware.csrf import rotate_token
from django.test import RequestFactory
from django.utils.translation import override
from jinja2 import Environment

from throughline.web import hot
from throughline.web.parts import Column, Row
from throughline.web.records import table


@pytest.fixture(scope="module")
def environment() -> Environment:
    return hot.environment()


def drawn(environment: Environment, source: str, **named: Any) -> str:
    return environment.from_string(source).render(named)


class TestSaid:
    """Texts of templates in the reader's language."""

    def test_values_are_escaped_and_texts_are_not(self, environment: Environment) -> None:
        assert drawn(environment, '{{ _("<b>%(name)s</b>", name=name) }}', name="<i>") == "<b>&lt;i&gt;</b>"

    def test_a_doubled_percent_sign_becomes_one(self, environment: Environment) -> None:
        assert drawn(environment, '{{ _("100%% sure") }}') == "100% sure"

    def test_each_language_has_its_own_words(self, environment: Environment) -> None:
        source = '{{ _("Monday") }}'

        with override("en"):
            english = drawn(environment, source)
        with override("zh-hans"):
            chinese = drawn(environment, source)

        assert (english, chinese) == ("Monday", "星期一")


class TestBody:
    """The rows of a table, put together."""

    def row(self, *cells: str) -> Row:
        return Row(7, "/leads/7/", 'Ada "<b>"', "", list(cells), version=3, cell_url="/leads/7/cells/")

    def test_an_empty_cell_is_marked(self) -> None:
        columns = [Column("name", "Name"), Column("score", "Score", numeric=True), Column("source", "A & B")]

        drawn = table.body([self.row("<i>5</i>", "")], columns, selectable=False)

        assert '<td class="clip num" data-label="Score"><i>5</i></td>' in drawn
        assert '<td class="clip" data-label="A &amp; B" data-empty></td>' in drawn
        assert "checkbox" not in drawn

    def test_words_of_the_record_are_escaped(self) -> None:
        drawn = table.body([self.row()], [Column("name", "Name")], selectable=True)

        assert 'aria-label="Select Ada &#34;&lt;b&gt;&#34;"' in drawn
        assert '<a class="grid-table__main" href="/leads/7/">Ada &#34;&lt;b&gt;&#34;</a>' in drawn

    def test_a_row_with_too_few_cells_is_refused(self) -> None:
        with pytest.raises(ValueError, match="zip"):
            table.body([self.row()], [Column("name", "Name"), Column("score", "Score")], selectable=False)


class TestDraw:
    """Drawing a part of a page."""

    def test_all_forms_of_a_part_have_the_same_token(self) -> None:
        sign = hot._Sign(RequestFactory().get("/"))

        assert str(sign) == sign.__html__()
        assert 'name="csrfmiddlewaretoken"' in str(sign)


class TestToken:
    """The token of an answer's forms."""

    def test_it_is_one_for_an_answer_and_another_for_the_next(self) -> None:
        first, second = RequestFactory().get("/"), RequestFactory().get("/")

        assert hot.token(first) == hot.token(first)
        assert hot.token(first) != hot.token(second)
        assert f'value="{hot.token(first)}"' in hot.sign(first)

    def test_a_new_secret_has_a_new_one(self) -> None:
        request = RequestFactory().get("/")
        before = hot.token(request)

        rotate_token(request)

        assert hot.token(request) != before
