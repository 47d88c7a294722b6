"""Vector pictures of flow charts: shapes by their outlines, lines by where they end, words by where they stand."""

from __future__ import annotations

import pytest

from throughline.flow import bpmn
from throughline.flow.charts import Kind, Sketch, Understood, UnreadableDrawing, read_svg, understand
from throughline.flow.charts.formats import Form, form_of, read_drawing
from throughline.flow.charts.picture import pictured
from throughline.flow.charts.tests.test_tables import WAY, flows, nodes

pytestmark = pytest.mark.req("A4")

ROOM = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 900 300">{}</svg>'
)
LINE = 'fill="none" stroke="#333"'


def svg(*parts: str) -> bytes:
    """Return a picture of these parts."""
    return ROOM.format("".join(parts)).encode()


def box(x: int, y: int, text: str, more: str = "") -> str:
    """Return a step as many tools draw it: a rectangle and a text in the middle of it."""
    return (
        f'<rect x="{x}" y="{y}" width="120" height="60" fill="#fff" stroke="#333" {more}/>'
        f'<text x="{x + 60}" y="{y + 34}" text-anchor="middle" font-size="12">{text}</text>'
    )


def arrow(*points: tuple[int, int]) -> str:
    """Return a line with a marker at its end."""
    way = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline points="{way}" {LINE} marker-end="url(#a)"/>'


PAGE = '<defs><marker id="a"><path d="M0 0 L6 3 L0 6 Z"/></marker></defs><rect width="900" height="300" fill="white"/>'
CHART = svg(
    PAGE,
    '<g transform="translate(20 100)"><ellipse cx="40" cy="30" rx="40" ry="25" fill="#dfd" stroke="#333"/>'
    '<text x="40" y="34" text-anchor="middle">Start</text></g>',
    box(160, 100, '<tspan x="220" dy="0">Call the</tspan><tspan x="220" dy="14">lead</tspan>'),
    '<path d="M390 90 L450 130 L390 170 L330 130 Z" fill="#fff" stroke="#333"/>',
    '<foreignObject x="340" y="115" width="100" height="30"><div xmlns="http://www.w3.org/1999/xhtml">Reached?</div>'
    "</foreignObject>",
    '<circle cx="560" cy="130" r="30" fill="#fdd" stroke="#333"/><text x="545" y="134">Done</text>',
    arrow((100, 130), (158, 130)),
    arrow((280, 130), (329, 130)),
    arrow((450, 130), (528, 130)),
    '<text x="480" y="122">yes</text>',
    arrow((390, 170), (390, 220), (220, 220), (220, 162)),
    '<text x="300" y="214" text-anchor="middle">no</text>',
)


def sketch(*parts: str) -> Sketch:
    """Return what a picture shows."""
    (page,) = read_svg(svg(*parts))
    return page


def understood(content: bytes) -> Understood:
    """Return what a picture means."""
    (page,) = read_svg(content)
    return understand(page)


class TestReadSvg:
    """A chart as a picture."""

    def test_shapes_lines_and_words_become_a_chart(self) -> None:
        found = understood(CHART)

        assert nodes(found) == {
            "Start": "startEvent", "Call the lead": "userTask", "Reached?": "exclusiveGateway", "Done": "endEvent",
        }  # fmt: skip
        assert flows(found) == WAY
        assert found.connected == found.lines == 4
        assert found.doubts == ()

    def test_it_is_told_from_a_picture_that_shows_no_chart(self) -> None:
        assert form_of(CHART, "creately.svg") is Form.SVG
        assert form_of(svg(PAGE, box(0, 0, "Alone")), "logo.svg") is Form.PICTURE
        assert read_drawing(CHART, Form.SVG).connected == 4
        assert "Reached?" in pictured(read_svg(CHART)[0], title="Source")

    def test_a_drawing_of_ours_that_left_as_svg_is_read_again(self) -> None:
        picture = bpmn.render_svg(understood(CHART).chart).encode()

        found = understood(picture)

        assert {"Call the lead", "Reached?"} <= set(nodes(found))
        assert found.connected == found.lines == 4

    def test_frames_with_names_are_lanes_though_the_name_stands_in_a_box_beside(self) -> None:
        page = sketch(
            '<rect x="0" y="0" width="30" height="140" fill="#eee" stroke="#333"/>'
            '<text transform="translate(18 70) rotate(-90)" text-anchor="middle">Sales</text>',
            '<rect x="30" y="0" width="600" height="140" fill="none" stroke="#333"/>',
            '<rect x="0" y="140" width="630" height="140" fill="none" stroke="#333"/><text x="10" y="160">Desk</text>',
            box(100, 40, "Call"),
            box(300, 40, "Meet"),
            box(300, 190, "File"),
            arrow((220, 70), (298, 70)),
            arrow((360, 100), (360, 188)),
        )

        (process,) = understand(page).chart.processes

        assert {lane.name: len(lane.nodes) for lane in process.lanes} == {"Sales": 2, "Desk": 1}

    def test_a_line_in_pieces_is_one_and_an_arrowhead_of_its_own_says_where_it_leads(self) -> None:
        page = sketch(
            box(0, 0, "Call"),
            box(300, 0, "Write"),
            f'<line x1="300" y1="30" x2="200" y2="30" {LINE}/><line x1="200" y1="30" x2="120" y2="30" {LINE}/>',
            '<path d="M300 30 l-10 -5 v10 z" fill="#333"/>',
        )

        (line,) = page.lines

        assert (line.start, line.end) == ((120.0, 30.0), (300.0, 30.0))
        assert page.remarks == ()

    def test_lines_without_arrowheads_are_said(self) -> None:
        page = sketch(box(0, 0, "Call"), box(300, 0, "Write"), f'<path d="M120 30 H300" {LINE}/>')

        assert page.remarks == ("1 of 1 lines have no arrowhead; they lead the way in which they were drawn.",)

    @pytest.mark.parametrize(
        ("outline", "kind"),
        [
            ('<rect x="0" y="100" width="120" height="50" rx="25" fill="#eee"/>', Kind.EVENT),
            ('<rect x="0" y="100" width="120" height="50" rx="6" fill="#eee"/>', Kind.STEP),
            ('<path d="M25 100 H95 A25 25 0 0 1 95 150 H25 A25 25 0 0 1 25 100 Z" fill="#eee"/>', Kind.EVENT),
            ('<path d="M0 125 c0 -14 60 -25 60 -25 s60 11 60 25 s-60 25 -60 25 s-60 -11 -60 -25" fill="#eee"/>',
             Kind.EVENT),
            ('<polygon points="20,100 120,100 100,150 0,150" fill="#eee"/>', Kind.DATA),
            ('<polygon points="60,100 120,125 60,150 0,125" fill="#eee"/>', Kind.DECISION),
            ('<path d="M0 110 A60 10 0 0 1 120 110 V140 A60 10 0 0 1 0 140 Z" fill="#eee"/>', Kind.STORE),
            ('<g transform="matrix(1 0 0 1 0 100) scale(2)"><path d="m0 0 q30 0 60 0 t0 25 h-60 z" fill="#eee"/></g>',
             Kind.STEP),
        ],
    )  # fmt: skip
    def test_an_outline_says_what_a_shape_is(self, outline: str, kind: Kind) -> None:
        words = '<text x="60" y="129" text-anchor="middle">Here</text>'
        page = sketch(outline, words, box(300, 100, "There"), arrow((120, 125), (298, 125)))

        assert next(shape.kind for shape in page.shapes if shape.text == "Here") is kind

    def test_what_is_used_again_is_drawn_where_it_is_used_and_what_is_hidden_is_not(self) -> None:
        page = sketch(
            '<defs><rect id="r" width="120" height="60" stroke="#333"/><symbol id="s"><use href="#r"/></symbol></defs>',
            '<use xlink:href="#r" x="10" y="10"/><text x="30" y="44">Call</text>',
            '<use href="#s" x="300" y="10"/><text x="330" y="44">Write</text>',
            '<g style="display:none"><rect width="500" height="90" stroke="#333"/></g>',
            '<rect x="600" width="80" height="40" fill="none"/>',
            arrow((130, 40), (298, 40)),
        )

        assert [(shape.text, shape.x) for shape in page.shapes] == [("Call", 10.0), ("Write", 300.0)]

    def test_words_that_belong_to_nothing_are_notes(self) -> None:
        page = sketch(
            box(0, 0, "Call"), box(300, 0, "Write"), arrow((120, 30), (298, 30)), '<text x="500" y="250">By Omar</text>'
        )

        assert [shape.text for shape in page.shapes if shape.kind is Kind.NOTE] == ["By Omar"]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"<svg", "cannot be read"),
            (b"<html/>", "its root element is html"),
            (svg(box(0, 0, "Call"), box(200, 0, "Write")), "no shapes with words that lines join"),
            (svg("<g>" * 3 + "<rect/>" * 30_000 + "</g>" * 3), "at most 30,000 elements"),
            (svg(*(box(x, y, "a") for x in range(0, 5000, 130) for y in range(0, 2200, 80))), "at most 1,000 shapes"),
            (svg(*(arrow((0, y * 2), (40, y * 2)) for y in range(1100))), "at most 1,000 lines"),
        ],
    )
    def test_what_shows_no_chart_is_one_sentence(self, content: bytes, said: str) -> None:
        with pytest.raises(UnreadableDrawing, match=said):
            read_svg(content)

    @pytest.mark.parametrize("end", ["", "Z", "9", "L", "A 1 1 0 0", "H1e400"])
    def test_a_path_that_breaks_off_breaks_nothing(self, end: str) -> None:
        page = sketch(
            box(0, 0, "Call"),
            box(300, 0, "Write"),
            arrow((120, 30), (298, 30)),
            f'<path d="M600 10 L700 90 {end}" {LINE}/>',
        )

        assert len(page.lines) >= 1
