"""Test cases kept with a procedure: made, recorded from real cases, shipped; they run before a drawing is published."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations
from throughline.core.procedures.models import KeptTest, Procedure, ProcedureVersion
from throughline.core.procedures.recording import recorded
from throughline.core.procedures.veils import alike
from throughline.core.procedures.walking import MadeUp, first_members, made_up
from throughline.core.records.spec import FieldType
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.flow.simulate.members import written
from throughline.flow.values import from_python

FIELDS = c.tl("field", name="note", label="What was said", type="text")


def drawing(order: str = "captured > tag > call > which") -> bytes:
    """Return a chart: a tag, a call with a deadline, and two ends."""
    return c.chart(
        c.captured(),
        c.action("tag", "test.tag", {"what": "lead.region"}),
        c.work("call", "reached", "missed", result="contact", fields=FIELDS),
        c.deadline("late", "call", 'duration("PT24H")', interrupting=False),
        c.work("escalate"),
        c.element("exclusiveGateway", "which", "", "", default="which_lost"),
        c.end("won"),
        c.end("lost"),
        c.end("told"),
        c.flows(order, 'which >[contact = "reached"] won', "which > lost", "late > escalate > told"),
    )


REACHED: dict[str, Any] = {
    "variables": {"lead": {"region": "NO"}},
    "auto": "tasks",
    "answers": [{"advance": "PT5H"}, {"complete": "Call", "variables": {"contact": "reached"}}],
    "expect": {"status": "completed", "trace": "Captured > Tag > Call > Won", "times": {"Call": "PT5H"}},
}


@pytest.fixture
def drafted(desk: Desk, tag: Recorder) -> Desk:
    """Give a desk with a draft and one test case of it."""
    operations.create_procedure(key="test", name="Test", record_type="lead", by=desk.admin, at=desk.now)
    operations.save_draft(key="test", drawing=drawing(), by=desk.admin, at=desk.now)
    operations.keep_test(procedure="test", name="Reached in time", members=REACHED, by=desk.admin, at=desk.now)
    return desk


def make_wrong(desk: Desk) -> None:
    """Draw the procedure so that whoever is reached is lost."""
    wrong = drawing().replace(b'contact = "reached"', b'contact = "missed"')
    operations.save_draft(key="test", drawing=wrong, by=desk.admin, at=desk.now)


@pytest.mark.req("A12")
class TestRunning:
    def test_running_keeps_what_came_and_on_which_drawing(self, drafted: Desk) -> None:
        [proved] = operations.run_tests(procedure="test", by=drafted.admin, at=drafted.now)

        assert proved.verdict.passed
        test = KeptTest.objects.get()
        assert (test.ran_at, test.departures) == (drafted.now, [])
        assert test.ran_digest == ProcedureVersion.objects.get().digest
        assert Entry.objects.get(event="procedure.tests_run").data["passed"] == 1

    def test_a_failing_one_names_the_element_at_which_the_drawing_departs(self, drafted: Desk) -> None:
        make_wrong(drafted)

        operations.run_tests(procedure="test", by=drafted.admin, at=drafted.now)

        [departure, *_] = KeptTest.objects.get().departures
        assert (departure["element"], departure["expected"], departure["found"]) == ("lost", "Won", "Lost")

    def test_what_comes_now_can_be_made_what_is_expected(self, drafted: Desk) -> None:
        make_wrong(drafted)

        test = operations.accept_outcome(
            procedure="test", test_id=KeptTest.objects.get().pk, by=drafted.admin, at=drafted.now
        )

        assert test.members["expect"]["trace"] == "Captured > Tag > Call > Lost"
        [proved] = operations.run_tests(procedure="test", by=drafted.admin, at=drafted.now)
        assert proved.verdict.passed

    def test_who_may_not_draw_keeps_and_removes_none(self, drafted: Desk) -> None:
        maya = Actor.user(drafted.cast.maya)

        with pytest.raises(NotAllowed):
            operations.keep_test(procedure="test", name="Mine", members=REACHED, by=maya, at=drafted.now)
        with pytest.raises(NotAllowed):
            operations.remove_test(procedure="test", test_id=KeptTest.objects.get().pk, by=maya, at=drafted.now)

        assert list(KeptTest.objects.values_list("name", flat=True)) == ["Reached in time"]

    def test_a_removed_one_is_gone_and_the_journal_knows(self, drafted: Desk) -> None:
        operations.remove_test(procedure="test", test_id=KeptTest.objects.get().pk, by=drafted.admin, at=drafted.now)

        assert not KeptTest.objects.exists()
        assert Entry.objects.get(event="procedure.test_removed").data == {"name": "Reached in time"}

    @pytest.mark.parametrize(
        ("name", "members"), [("", REACHED), ("Nothing", {**REACHED, "expect": {}}), ("x" * 201, REACHED)]
    )
    def test_one_without_name_or_expectation_is_refused(
        self, drafted: Desk, name: str, members: dict[str, Any]
    ) -> None:
        with pytest.raises(Refusal):
            operations.keep_test(procedure="test", name=name, members=members, by=drafted.admin, at=drafted.now)


@pytest.mark.req("A12")
class TestPublishing:
    def test_a_draft_that_passes_is_published(self, drafted: Desk) -> None:
        operations.publish(key="test", by=drafted.admin, at=drafted.now)

        assert ProcedureVersion.objects.get().status == "published"
        assert KeptTest.objects.get().ran_at == drafted.now

    def test_a_failing_one_blocks_publishing_and_says_where(self, drafted: Desk) -> None:
        make_wrong(drafted)

        with pytest.raises(Refusal) as refused:
            operations.publish(key="test", by=drafted.admin, at=drafted.now)

        assert refused.value.code == "tests_failed"
        assert refused.value.fields == {"lost": "After “Call”, “Won” should come, but “Lost” comes."}
        assert ProcedureVersion.objects.get().status == "draft"

    def test_whoever_may_publishes_despite_it_with_a_reason_that_is_kept(self, drafted: Desk) -> None:
        make_wrong(drafted)
        omar = Actor.user(drafted.cast.omar)

        operations.publish(key="test", despite="The fair is on Monday.", by=omar, at=drafted.now)

        entry = Entry.objects.get(event="procedure.tests_overridden")
        assert entry.data == {"number": 1, "failing": ["Reached in time"], "reason": "The fair is on Monday."}
        assert entry.actor_label == drafted.cast.omar.name

    def test_blanks_are_no_reason(self, drafted: Desk) -> None:
        make_wrong(drafted)

        with pytest.raises(Refusal, match="Reached in time"):
            operations.publish(key="test", despite="  ", by=drafted.admin, at=drafted.now)

    def test_whoever_may_publish_but_not_override_is_refused_despite_a_reason(self, drafted: Desk) -> None:
        make_wrong(drafted)
        role = drafted.cast.omar.role_memberships.get().role
        role.permissions = {
            **role.permissions,
            "abilities": [each for each in role.permissions["abilities"] if each != "procedures.override"],
        }
        role.save()

        with pytest.raises(NotAllowed, match="despite failing test cases"):
            operations.publish(key="test", despite="Because.", by=Actor.user(drafted.cast.omar), at=drafted.now)


@pytest.mark.req("A7", "A12")
class TestShipped:
    def test_scenarios_of_a_pack_become_test_cases_and_leave_with_it(self, drafted: Desk) -> None:
        for tests in ({"reached-at-once": REACHED, "reached_late": REACHED}, {"reached-at-once": REACHED}):
            operations.keep_shipped_tests(procedure="test", tests=tests, by=drafted.admin, at=drafted.now)

        assert list(KeptTest.objects.order_by("name").values_list("name", "origin")) == [
            ("Reached at once", "shipped"),
            ("Reached in time", "made"),
        ]

    def test_what_people_have_made_under_the_same_name_stays(self, drafted: Desk) -> None:
        other = {**REACHED, "expect": {"status": "waiting"}}

        operations.keep_shipped_tests(
            procedure="test", tests={"reached-in-time": other}, by=drafted.admin, at=drafted.now
        )

        assert KeptTest.objects.get().members == REACHED


@pytest.mark.req("A12")
class TestRecording:
    def played(self, desk: Desk) -> int:
        """Let a real case go its way: called after five hours, with a note."""
        desk.publish(drawing())
        desk.capture(region="NO", interest="Analytics")
        desk.drain()
        desk.now = desk.now.replace(hour=14)
        desk.complete(desk.open_items("call")[0], "reached", note="Call Jonas back on +49 170 1234567")
        desk.drain()
        return desk.case().pk

    def test_a_real_case_becomes_a_test_case_that_goes_the_same_way(self, desk: Desk, tag: Recorder) -> None:
        recording = recorded(case_id=self.played(desk))

        assert recording.parts_at is None
        assert recording.trace == "Captured > Tag > Call > Won"
        assert recording.members["variables"] == {"lead": {"region": "NO"}}
        assert {"advance": "PT5H"} in recording.members["answers"]
        kept = operations.keep_test(
            procedure="test", name="As it was", members=recording.members, origin="recorded", case=recording.case,
            by=desk.admin, at=desk.now,
        )  # fmt: skip
        [proved] = operations.run_tests(procedure="test", by=desk.admin, at=desk.now)
        assert (proved.test.pk, proved.verdict.departures) == (kept.pk, ())

    def test_what_tells_of_a_person_is_made_up_unless_it_is_kept_deliberately(self, desk: Desk, tag: Recorder) -> None:
        case = self.played(desk)

        veiled, kept = recorded(case_id=case), recorded(case_id=case, keep=["answer.note"])

        assert "Jonas" not in str(veiled.members)
        assert "1234567" not in str(veiled.members)
        assert [(told.path, told.kept) for told in veiled.told] == [("answer.note", False)]
        assert "Jonas" in str(kept.members)

    def test_what_the_record_said_then_is_taken_and_not_what_it_says_now(self, desk: Desk, tag: Recorder) -> None:
        from throughline.core.records import registry
        from throughline.core.records.operations import update_record

        case = self.played(desk)
        record = desk.case().record_id
        assert record is not None
        later = desk.now.replace(hour=20)
        update_record(spec=registry.get("lead"), record_id=record, values={"region": "SO"}, by=desk.admin, at=later)

        assert recorded(case_id=case).members["variables"] == {"lead": {"region": "NO"}}

    def test_a_case_that_was_led_by_hand_is_no_example(self, desk: Desk, tag: Recorder) -> None:
        desk.publish(drawing())
        desk.capture(region="NO")
        desk.drain()
        operations.skip_step(
            case_id=desk.case().pk, token=desk.open_items("call")[0].token, reason="No phone.", by=desk.admin,
            at=desk.now,
        )  # fmt: skip
        desk.drain()

        with pytest.raises(Refusal, match="a step was skipped by hand"):
            recorded(case_id=desk.case().pk)

    def test_there_is_none_of_a_case_that_is_not_there(self, cast: Any) -> None:
        with pytest.raises(NotFound):
            recorded(case_id=1_000_000)


def test_test_cases_go_with_their_procedure(drafted: Desk) -> None:
    """A procedure without versions can be deleted, and its test cases go with it."""
    ProcedureVersion.objects.all().delete()

    Procedure.objects.get().delete()

    assert not KeptTest.objects.exists()


@pytest.mark.req("A7", "A12")
def test_the_packs_of_the_product_bring_their_scenarios_which_run_before_they_go_live(desk: Desk) -> None:
    """What comes with the product is proved here, with the tables and actions that are here."""
    from throughline.core.procedures.operations.packs import install_pack
    from throughline.packs import get_pack

    pack = get_pack("lead-to-deal")

    [version] = install_pack(pack=pack, by=desk.admin, at=desk.now)

    tests = KeptTest.objects.filter(procedure__key="lead-to-deal")
    assert tests.count() == len(pack.scenarios) > 0
    assert all((test.origin, test.ran_digest, test.departures) == ("shipped", version.digest, []) for test in tests)


BY_ADDRESS = c.chart(
    c.captured(),
    c.element("exclusiveGateway", "whose", "", "", default="whose_other"),
    c.work("big", "done"),
    c.work("other", "done"),
    c.end(),
    c.flows('captured > whose >[ends with(lead.email, "@weber.example")] big > end', "whose > other > end"),
)


@pytest.mark.req("A12")
class TestMadeUpValuesKeepTheWay:
    """A drawing may decide by what tells of a person: what stands for it must lead the same way."""

    def way_of(self, desk: Desk, drawing: bytes, keep: tuple[str, ...] = (), **values: Any) -> MadeUp:
        """Walk a lead's facts through a drawing, and return what would be kept of it."""
        if not Procedure.objects.exists():
            operations.create_procedure(key="test", name="Test", record_type="lead", by=desk.admin, at=desk.now)
        version = operations.save_draft(key="test", drawing=drawing, by=desk.admin, at=desk.now)
        facts: Any = from_python(values)
        members = first_members(version, {"lead": {name: written(value) for name, value in facts.items()}})
        return made_up(version, members, facts, keep=keep)

    def test_what_the_way_does_not_depend_on_is_made_up_altogether(self, desk: Desk) -> None:
        plain = BY_ADDRESS.replace(b'ends with(lead.email, "@weber.example")', b'lead.region = "NO"')

        found = self.way_of(desk, plain, email="ada@weber.example", region="NO")

        assert found.members is not None
        assert found.members["variables"]["lead"] == {"email": "person1@example.com", "region": "NO"}

    def test_where_the_domain_decides_the_domain_stays_and_the_name_does_not(self, desk: Desk) -> None:
        found = self.way_of(desk, BY_ADDRESS, email="ada@weber.example", phone="+47 22 334455")

        assert found.members is not None
        assert found.members["variables"]["lead"] == {"email": "person1@weber.example", "phone": "+49 30 0000002"}

    def test_what_depends_on_more_is_asked_for_and_kept_deliberately_only(self, desk: Desk) -> None:
        exact = BY_ADDRESS.replace(b'"@weber.example"', b'"ada@weber.example"')

        asked = self.way_of(desk, exact, email="ada@weber.example")
        version = ProcedureVersion.objects.select_related("procedure").get()
        facts: Any = from_python({"email": "ada@weber.example"})
        members = first_members(version, {"lead": {"email": "ada@weber.example"}})
        kept = made_up(version, members, facts, keep=["lead.email"])

        assert asked.members is None
        assert [(told.path, told.value) for told in asked.told] == [("lead.email", "ada@weber.example")]
        assert kept.members is not None
        assert kept.members["variables"]["lead"]["email"] == "ada@weber.example"

    def test_tags_and_what_is_known_of_others_decide_too(self, desk: Desk) -> None:
        tagged = BY_ADDRESS.replace(b'ends with(lead.email, "@weber.example")', b'list contains(lead.tags, "vip")')
        by_other = BY_ADDRESS.replace(
            b'ends with(lead.email, "@weber.example")', b"lead.organization.employees &gt; 50"
        )

        with_tags = self.way_of(desk, tagged, tags=["vip"], name="Ada")
        linked = self.way_of(desk, by_other, organization={"name": "Weber", "employees": 80}, name="Ada")

        assert with_tags.members is not None
        assert with_tags.members["variables"]["lead"] == {"tags": ["vip"], "name": "Person 1"}
        assert linked.members is not None
        assert linked.members["variables"]["lead"]["organization"] == {"name": "Person 2", "employees": 80}

    def test_a_recorded_case_keeps_its_way_too(self, desk: Desk) -> None:
        desk.publish(BY_ADDRESS)
        desk.capture(name="Ada", email="ada@weber.example")
        desk.drain()

        recording = recorded(case_id=desk.case().pk)

        assert recording.parts_at is None
        assert recording.members["variables"]["lead"]["email"] == "person1@weber.example"

    @pytest.mark.parametrize(
        ("value", "kind", "stand_in"),
        [
            ("ada@weber.example", FieldType.EMAIL, "person7@weber.example"),
            ("+47 22 33 44 55", FieldType.PHONE, "+47 00 00 00 07"),
            ("https://weber.example/ada", FieldType.URL, "https://weber.example/7"),
            ("Ada Byron 2", FieldType.TEXT, "Xxx Xxxxx 0"),
        ],
    )
    def test_what_is_alike_keeps_domain_country_and_length(self, value: str, kind: FieldType, stand_in: str) -> None:
        assert alike(value, kind, 7) == stand_in
