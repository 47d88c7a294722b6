"""The facts of a record's page: what they say, that nothing in them is markup, and which can be changed in place."""

from __future__ import annotations

from datetime import UTC, datetime

from throughline.web.parts import Cell
from throughline.web.records import facts

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SCRIPT = "<script>alert(1)</script>"


def drawn(*cells: Cell, url: str = "/leads/7/", edit_url: str = "/leads/7/edit/") -> str:
    """Return facts as they stand in a page."""
    return facts.body(cells, url=url, edit_url=edit_url, now=NOW)


class TestBody:
    """What is drawn of facts."""

    def test_a_fact_is_its_name_and_its_value(self) -> None:
        page = drawn(Cell("Ada", name="name", label="Name"), Cell("New", "pill", name="status", label="Status"))

        assert '<div id="fact-name"><dt>Name</dt><dd>Ada</dd></div>' in page
        assert '<div id="fact-status"><dt>Status</dt><dd><span class="pill" data-tone="">New</span></dd></div>' in page
        assert "fact-edit" not in page

    def test_an_empty_one_is_a_dash(self) -> None:
        assert '<dd><span class="quiet">–</span></dd>' in drawn(Cell("", name="phone", label="Phone"))

    def test_one_that_may_be_changed_leads_to_its_field(self) -> None:
        page = drawn(Cell("Ada", name="name", label="Name", editable=True))

        assert 'href="/leads/7/edit/#f-name" hx-get="/leads/7/fields/name/" hx-target="#fact-name"' in page
        assert 'aria-label="Change Name"' in page

    def test_words_are_escaped_once(self) -> None:
        page = drawn(Cell(f"5 % {SCRIPT}", name="a", label=f'50 % of "{SCRIPT}"', editable=True))

        assert "<script" not in page
        assert "<dt>50 % of &#34;&lt;script&gt;" in page
        assert 'aria-label="Change 50 % of &#34;&lt;script&gt;' in page
        assert "5 % &lt;script&gt;" in page
        assert "&amp;" not in page
