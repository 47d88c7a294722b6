"""Packs are read, written and bound; what is none is refused in one sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest
import yaml

from throughline.flow import bpmn
from throughline.packs import BadPack, get_pack, library
from throughline.packs.archive import DIGEST, digest_of, pack_bytes, pack_from
from throughline.packs.binding import Binding, answers_of, bound_chart
from throughline.packs.checking import complaints
from throughline.packs.needs import needs_of, waits_for
from throughline.packs.reading import MANIFEST, read_pack

LEADS = get_pack("lead-capture")


def zipped(files: Mapping[str, bytes | str], digest: str | None = None) -> bytes:
    content = {path: each.encode() if isinstance(each, str) else each for path, each in files.items()}
    content[DIGEST] = (digest_of(content) if digest is None else digest).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, each in content.items():
            archive.writestr(path, each)
    return written.getvalue()


def changed(**members: object) -> dict[str, bytes]:
    manifest = {**yaml.safe_load(LEADS.files[MANIFEST]), **members}
    return {**LEADS.files, MANIFEST: yaml.safe_dump(manifest).encode()}


@pytest.mark.req("A7")
class TestArchive:
    @pytest.mark.parametrize("pack", library(), ids=lambda pack: pack.key)
    def test_a_pack_read_back_is_the_pack(self, pack: object) -> None:
        from throughline.packs import Pack

        assert isinstance(pack, Pack)
        assert pack_from(pack_bytes(pack)) == pack

    def test_the_same_pack_gives_the_same_bytes(self) -> None:
        assert pack_bytes(LEADS) == pack_bytes(pack_from(pack_bytes(LEADS)))

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"no zip", "The file is no pack: a pack is a .zip file made by “Export”."),
            (zipped({"readme.txt": "hello"}), "The file is a .zip, but no pack: it has no pack.yaml."),
            (zipped({**LEADS.files, "../evil.txt": "x"}), "points outside of it (../evil.txt)"),
            (zipped({**LEADS.files, "/etc/passwd": "x"}), "points outside of it (/etc/passwd)"),
            (zipped({**LEADS.files, "C:\\evil.txt": "x"}), "points outside of it"),
            (zipped(LEADS.files, digest="0" * 64), "was changed after it was exported"),
            (zipped(LEADS.files, digest=""), "lacks its DIGEST"),
            (zipped({**LEADS.files, **{f"f{n}": "" for n in range(600)}}), "more than 500 are not read"),
            (zipped({**LEADS.files, "zeros": b"\0" * (21 * 1024**2)}), "unpacks to more than 20 MB"),
            (b"x" * (5 * 1024**2 + 1), "larger than 5 MB"),
        ],
        ids=["no zip", "no manifest", "dots", "absolute", "drive", "changed", "digest", "many", "bomb", "large"],
    )
    def test_what_is_no_pack_is_refused_in_one_sentence(self, content: bytes, sentence: str) -> None:
        with pytest.raises(BadPack) as refused:
            pack_from(content)

        assert sentence in str(refused.value)

    def test_an_entry_that_lies_about_its_size_is_not_read(self) -> None:
        honest = zipped({**LEADS.files, "zeros": b"\0" * 4_000_000})
        lying = honest.replace((4_000_000).to_bytes(4, "little"), (400).to_bytes(4, "little"))

        with pytest.raises(BadPack):
            pack_from(lying)


@pytest.mark.req("A7")
class TestReading:
    @pytest.mark.parametrize(
        ("files", "sentence"),
        [
            (changed(format=2), "written in format 2, and this version reads format 1"),
            (changed(version="new"), "says its version is “new”"),
            (changed(kind="virus"), "says it is a “virus”"),
            (changed(key="No Key"), "“No Key” in the pack's pack.yaml is no key"),
            (changed(name=""), "should say its name"),
            (changed(review_months=12), "a number from 3 to 6"),
            (changed(procedures="all"), "procedures is no such list"),
            (changed(procedures=[], decisions=[], goals=[]), "scenarios"),
            ({**LEADS.files, "lead-capture.bpmn": b"<x/>"}, "chart lead-capture.bpmn cannot be read"),
            ({**LEADS.files, "route-new-lead.dmn": b"<x/>"}, "decision table route-new-lead.dmn cannot be read"),
            ({MANIFEST: b"[: no yaml"}, "pack.yaml cannot be read"),
            ({MANIFEST: b"just words"}, "should hold names with values"),
            (
                {path: each for path, each in LEADS.files.items() if not path.endswith(".bpmn")},
                "lacks lead-capture.bpmn",
            ),
        ],
    )
    def test_the_first_part_that_is_wrong_is_named(self, files: dict[str, bytes], sentence: str) -> None:
        with pytest.raises(BadPack) as refused:
            read_pack(files)

        assert sentence in str(refused.value)

    def test_a_scenario_that_goes_another_way_speaks_against_a_pack(self) -> None:
        path = "scenarios/reached-at-once.yaml"
        other = LEADS.files[path].replace(b"In conversation", b"Not interested")

        found = complaints(read_pack({**LEADS.files, path: other}))

        assert {(each.part, each.is_error) for each in found} == {("reached-at-once", True)}
        assert any("Not interested" in each.sentence for each in found)


@pytest.mark.req("A7")
class TestBinding:
    def test_roles_calendars_fields_and_answers_become_those_of_the_office(self) -> None:
        [procedure] = LEADS.procedures
        binding = Binding(
            {"sales": "vertrieb"}, {"default": "graz"}, {"lead.first_name": "rufname"}, {"signature": "Eva"}
        )

        bound = bound_chart(procedure.chart, "lead", binding, answers_of(LEADS, binding))

        needs = needs_of(bound)
        assert needs.roles == ("manager", "vertrieb")
        assert needs.calendars == ("graz",)
        assert "rufname" in needs.fields
        assert "first_name" not in needs.fields
        assert b"Warm regards\nEva" in bound.replace(b"&#10;", b"\n")

    def test_an_answer_cannot_leave_its_quotes(self) -> None:
        [procedure] = LEADS.procedures
        binding = Binding(answers={"signature": 'Eva" + lead.email + "\\'})

        bound = bpmn.read(bound_chart(procedure.chart, "lead", binding, answers_of(LEADS, binding)))

        [mail] = [node for node in bound.processes[0].nodes if node.id == "thank"]
        assert mail.extensions.action is not None
        text = next(each.value for each in mail.extensions.action.inputs if each.name == "text")
        assert text.endswith('Eva\\" + lead.email + \\"\\\\"')

    def test_nothing_bound_changes_nothing_but_the_questions(self) -> None:
        [procedure] = get_pack("key-account-review").procedures

        assert bound_chart(procedure.chart, "organization", Binding(), {}) == procedure.chart

    def test_a_binding_is_kept_as_it_is(self) -> None:
        binding = Binding({"a": "b"}, {}, {"lead.x": "y"}, {"q": "z"})

        assert Binding.from_json(binding.to_json()) == binding


@pytest.mark.req("A7")
class TestNeeds:
    def test_what_a_chart_waits_for_is_named_by_capability(self) -> None:
        needs = needs_of(get_pack("ticket-handling").procedures[0].chart)

        assert needs.records == ("ticket",)
        assert "ticket.opened" in needs.events
        assert waits_for([*needs.records, *needs.events, "survey.send"]) == ("surveys", "tickets")

    def test_an_unknown_name_is_told_as_it_is(self) -> None:
        assert waits_for(["weather.rained"]) == ("“weather.rained”",)
