"""Hot parts: their texts, the cells of rows, and the token of forms."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from django.utils.translation import override
from jinja2 import Environment
from markupsafe import Markup

from throughline.web import hot


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


class TestFilled:
    """The cells of a row, put together."""

    def test_an_empty_cell_is_marked(self, environment: Environment) -> None:
        openings = [Markup('<td class="a"'), Markup("<td")]

        row = drawn(environment, "{{ filled(openings, cells) }}", openings=openings, cells=(Markup("x"), Markup()))

        assert row == '<td class="a">x</td><td data-empty></td>'

    def test_a_row_with_too_few_cells_is_refused(self, environment: Environment) -> None:
        with pytest.raises(ValueError, match="zip"):
            drawn(environment, "{{ filled(openings, cells) }}", openings=[Markup("<td")], cells=())


class TestDraw:
    """Drawing a part of a page."""

    def test_all_forms_of_a_part_have_the_same_token(self) -> None:
        sign = hot._Sign(RequestFactory().get("/"))

        assert str(sign) == sign.__html__()
        assert 'name="csrfmiddlewaretoken"' in str(sign)
