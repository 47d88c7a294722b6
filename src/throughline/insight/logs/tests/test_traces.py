"""However a log is written, what comes of known shapes is what lxml reads: held against texts of every kind."""

from __future__ import annotations

import io
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from throughline.insight.logs import traces as module
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.limits import Limits
from throughline.insight.logs.traces import MOST_SHAPES, STAND_IN, Trace, traces

pytestmark = pytest.mark.req("I2")

HEADS = ['<?xml version="1.0" encoding="UTF-8"?>\n', "<?xml version='1.0' encoding='utf-8' standalone='yes'?>", "",
         "\ufeff<?xml version='1.0'?>", '<?xml version="1.1"?>', '<?xml version="1.0" encoding="ISO-8859-1"?>',
         "<!-- <log> -->", "<!DOCTYPE log>"]  # fmt: skip
LOGS = ["<log>", '<log xmlns="urn:log" xmlns:x="urn:x">', '<x:log xmlns:x="urn:x">', "<nolog>"]
VALUES = ["a", "b c", "", "R&amp;D", "&lt;&gt;&quot;&apos;", "&amp;lt;", "ü€", "&#10;", "line\nbreak", "tab\t", "a>b",
          "-->", "]]>", "?>", "'", "value=", "<", "&none;", "\ufffe"]  # fmt: skip
ODD = ["<!-- c -->", "<![CDATA[ <event> ]]>", "<?p?>", "\n", "text", "<event/>", "<trace/>", "<event>", "</event>",
       "<trace>", "</trace>", "<log>", "<!--", "-->", "]]>"]  # fmt: skip
AROUND = ["<!-- {} -->", "<![CDATA[{}]]>", "<?p {} ?>", "<global>{}</global>", "<trace>{}</trace>", "<!-- {}", "{} -->"]

_value = st.sampled_from(VALUES[:8]) | st.sampled_from(VALUES)
_key = st.sampled_from(["concept:name", "time:timestamp", "R&amp;D", "0", "1"])


def _usually(usual: str, *others: str) -> st.SearchStrategy[str]:
    return st.sampled_from([usual] * 12 + list(others))


@st.composite
def _attribute(draw: st.DrawFn, *, depth: int = 0) -> str:
    form = draw(_usually(
        '<string key="{key}" value="{value}"/>',
        "<string key='{key}' value='{value}'/>",
        '<string value="{value}" key="{key}"/>',
        '<string  key = "{key}"\n value = "{value}" />',
        '<string key="{key}" value="{value}" x="{value}"></string>',
        '<x:string key="{key}" value="{value}"/>',
        '<string key="{key}"/>',
        '<string key="{key}" xvalue="{value}"/>',
        '<string key="{key}" value="{value}" value="2"/>',
        '<list key="{key}" value="{value}">{inside}</list>',
        '<list key="{key}"><values>{inside}</values></list>',
        "odd",
    ))  # fmt: skip
    if form == "odd":
        return draw(st.sampled_from(ODD[:6]) | st.sampled_from(ODD))
    inside = draw(_attribute(depth=depth + 1)) if depth < 3 else ""
    return form.format(key=draw(_key), value=draw(_value), inside=inside)


def _some(each: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(each, max_size=3).map("".join)


@st.composite
def _event(draw: st.DrawFn) -> str:
    begin = draw(_usually("<event>", "<event >", "<event id='1'>", "<x:event>"))
    end = "</x:event>" if ":" in begin else draw(_usually("</event>", "</event >"))
    return begin + draw(_some(_attribute())) + end + draw(st.sampled_from(["", "\n\t"]))


@st.composite
def _trace(draw: st.DrawFn) -> str:
    begin = draw(_usually("<trace>", "<trace >", "<trace id='1'>", f'<trace {STAND_IN}="1">'))
    inside = draw(_some(_attribute())) + draw(_some(_event())) + draw(_usually("", "<string key='late' value='a'/>"))
    return draw(_usually("{}", *AROUND)).format(begin + inside + draw(_usually("</trace>", "</trace >"))) + "\n"


@st.composite
def _document(draw: st.DrawFn) -> bytes:
    log = draw(_usually(*LOGS))
    end = f"</{log[1:-1].split(' ')[0]}>"
    text = draw(_usually(*HEADS)) + log + draw(_some(_trace())) + draw(_usually(end, "", end + "x", end + "<!-- -->"))
    return text.encode()


class Drops(io.BytesIO):
    """A stream that gives so many bytes at a time at most."""

    def __init__(self, text: bytes, size: int) -> None:
        super().__init__(text)
        self.size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.size if size is None or size < 0 else min(size, self.size))


class Read:
    """What is read of a document: the traces before a damage, the damage, and how many traces had stand-ins."""

    def __init__(self, text: bytes, size: int = 1 << 16) -> None:
        self.traces: list[Trace] = []
        self.damage = ""
        with patch.object(module, "_as_it_stands", wraps=module._as_it_stands) as by_lxml:
            try:
                self.traces.extend(traces(Drops(text, size), "log.xes", Limits()))
            except LogUnreadable as problem:
                self.damage = str(problem)
        self.stand_ins = len(self.traces) - by_lxml.call_count


def _by_lxml(text: bytes) -> tuple[list[Trace], etree.XMLSyntaxError | None]:
    """The traces before a damage, and the damage, by lxml alone."""
    parts = etree.iterparse(io.BytesIO(text), tag="{*}trace", resolve_entities=False, no_network=True,
                            remove_comments=True, remove_pis=True)  # fmt: skip
    found: list[Trace] = []
    try:
        for _, trace in parts:
            found.append(Trace(_told(trace), [_told(event) for event in trace.iterchildren("{*}event")]))
            trace.clear()
            while (before := trace.getprevious()) is not None:  # a trace within another takes along what is before it
                trace.getparent().remove(before)
    except etree.XMLSyntaxError as problem:
        return found, problem
    return found, None


def _told(node: etree._Element) -> dict[str, str]:
    return {key: child.get("value", "") for child in node if (key := child.get("key")) is not None}


PLAIN = '<trace><string key="concept:name" value="7"/><event><string key="concept:name" value="{}"/></event></trace>'


class TestTraces:
    @settings(deadline=None, max_examples=150)
    @given(text=_document(), size=st.sampled_from([1 << 16, 300, 7]))
    @example(text=f"<log><!-- {PLAIN.format('a')} --><trace {STAND_IN}='1'/></log>".encode(), size=7)
    @example(text=f"<log><trace><string key='1' value='&none;'/></trace>{PLAIN.format('a')}".encode(), size=7)
    def test_are_what_lxml_reads(self, text: bytes, size: int) -> None:
        read = Read(text, size)
        expected, damage = _by_lxml(text)

        if "document type" not in read.damage:
            assert read.traces == expected
            assert ("damaged" in read.damage) == (damage is not None)
            assert damage is None or not damage.lineno or f"(line {damage.lineno}:" in read.damage

    def test_of_known_shapes_have_stand_ins(self) -> None:
        text = "<log>" + "".join(PLAIN.format(each) for each in ("a", "R&amp;D", "", "-->", "ü")) + "</log>"

        read = Read(text.encode())

        assert [each.events[0]["concept:name"] for each in read.traces] == ["a", "R&D", "", "-->", "ü"]
        assert read.stand_ins == 4, "only the value with what could end a remark is left to lxml"

    @pytest.mark.parametrize("around", ["<!-- {} -->", "<![CDATA[{}]]>", "<?p {} ?>"])
    def test_in_a_remark_are_none(self, around: str) -> None:
        text = f"<log>{around.format(PLAIN.format('a'))}{PLAIN.format('b')}</log>"

        assert [each.events for each in Read(text.encode()).traces] == [[{"concept:name": "b"}]]

    def test_of_more_shapes_than_are_kept_in_mind_are_left_to_lxml(self) -> None:
        many = [PLAIN.format("a").replace("concept", f"k{number}") for number in range(MOST_SHAPES)]

        read = Read(f"<log>{''.join(many)}</log>".encode())

        assert len(read.traces) == MOST_SHAPES
        assert read.stand_ins == MOST_SHAPES // 2, "a shape of the trace and one of its event each"
        assert read.traces[-1] == Trace({f"k{MOST_SHAPES - 1}:name": "7"}, [{f"k{MOST_SHAPES - 1}:name": "a"}])

    def test_in_another_encoding_are_left_to_lxml(self) -> None:
        text = f'<?xml version="1.0" encoding="ISO-8859-1"?><log>{PLAIN.format("ü")}</log>'

        read = Read(text.encode("latin-1"))

        assert (read.traces[0].events, read.stand_ins) == ([{"concept:name": "ü"}], 0)

    def test_tell_the_line_of_a_damage_after_them(self) -> None:
        text = "<log>\n" + PLAIN.format("a").replace("><", ">\n<") * 3 + "\n<broken</log>"

        read = Read(text.encode())

        assert (len(read.traces), read.stand_ins) == (3, 3)
        assert f"damaged or no XML (line {len(text.splitlines())}:" in read.damage

    def test_refuse_an_entity_that_nobody_declared(self) -> None:
        text = f"<log>{PLAIN.format('a')}{PLAIN.format('&none;')}{PLAIN.format('b')}</log>"

        assert "Entity 'none' not defined" in Read(text.encode()).damage
