"""Pages of drawings from other tools: review, draft, taking back; pictures to trace; files to take along."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from throughline.core.procedures.models import Procedure, ProcedureVersion
from throughline.core.sketches.models import ImportedDrawing
from throughline.core.tests.cast import Cast
from throughline.flow import bpmn
from throughline.flow.charts.tests.test_import import FLOW, drawio, edge, vertex
from throughline.flow.charts.tests.test_svg import CHART
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.req("A4"), pytest.mark.django_db]

LANES = drawio(
    vertex("s", "Sales", "swimlane;", 0, 0, size=(600, 150)),
    vertex("a", "Call the lead", "rounded=1;", 50, 40, "s"),
    vertex("b", "Reached?", "rhombus;", 250, 40, "s"),
    vertex("c", "Done", "ellipse;", 450, 40, "s"),
    vertex("d", "Lost", "ellipse;", 450, 400),
    edge("f1", "a", "b"),
    edge("f2", "b", "c", "yes"),
    edge("f3", "b", "d"),
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def omar(cast: Cast, sign_in: SignIn) -> Client:
    """Omar's browser: he may draw."""
    return sign_in(cast.omar)


def bring(client: Client, content: bytes, name: str = "calls.drawio") -> str:
    """Upload a drawing and return the address of its review."""
    answer = client.post("/drawings/new/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return str(answer["Location"])


def draft(key: str) -> bpmn.model.Definitions:
    """Return the draft of a procedure."""
    return bpmn.read(bytes(ProcedureVersion.objects.get(procedure__key=key, status="draft").bpmn))


class TestReview:
    """What was drawn beside what was understood."""

    def test_shows_both_pictures_the_questions_and_what_became_of_it(self, omar: Client) -> None:
        page = omar.get(bring(omar, LANES)).content.decode()

        assert page.count("<svg xmlns") == 2
        assert "When does “Reached?” go" in page or "When does &quot;Reached?&quot; go" in page
        assert "5 shapes and 3 lines were read; 3 lines (100 %)" in page
        assert 'name="lane.n_s"' in page

    def test_an_answer_is_kept_and_can_be_asked_again(self, omar: Client) -> None:
        review = bring(omar, LANES)

        omar.post(f"{review}answer/", {"key": "unlabelled-exit:f3", "answer": "no"})
        kept = ImportedDrawing.objects.get().answers
        omar.post(f"{review}answer/", {"key": "unlabelled-exit:f3", "answer": ""})

        assert kept == {"unlabelled-exit:f3": "no"}
        assert ImportedDrawing.objects.get().answers == {}

    def test_an_answer_to_nothing_is_refused(self, omar: Client) -> None:
        review = bring(omar, LANES)

        assert omar.post(f"{review}answer/", {"key": "nonsense", "answer": "no"}).status_code == 422

    def test_becomes_a_draft_with_roles_and_answers(self, omar: Client) -> None:
        review = bring(omar, LANES)
        omar.post(f"{review}answer/", {"key": "unlabelled-exit:f3", "words": "after three calls"})

        answer = omar.post(f"{review}acceptance/", {"name": "Calls", "record": "lead", "into": "", "lane.n_s": "sales"})

        assert answer["Location"] == "/procedures/calls/draw/"
        (process,) = draft("calls").processes
        assert process.extensions.procedure is not None
        assert process.extensions.procedure.record == "lead"
        role = process.lane_sets[0].lanes[0].extensions.role
        assert role is not None
        assert role.key == "sales"
        assert "after three calls" in {each.name for each in process.elements}
        assert omar.get("/procedures/calls/draw/").status_code == 200

    def test_a_taken_name_is_said_and_the_review_stands(self, omar: Client, procedure: str) -> None:
        review = bring(omar, LANES)

        answer = omar.post(f"{review}acceptance/", {"name": "Call first", "record": "lead", "into": ""})

        assert answer.status_code == 422
        assert "There is a procedure “call-first” already" in answer.content.decode()
        assert ImportedDrawing.objects.get().stage == "open"

    def test_can_be_taken_back_and_goes_on_where_it_was(self, omar: Client) -> None:
        review = bring(omar, LANES)
        omar.post(f"{review}answer/", {"key": "unlabelled-exit:f3", "answer": "no"})
        omar.post(f"{review}acceptance/", {"name": "Calls", "record": "lead", "into": ""})

        omar.post(f"{review}taking-back/")

        assert not Procedure.objects.filter(key="calls").exists()
        drawing = ImportedDrawing.objects.get()
        assert (drawing.stage, drawing.answers) == ("open", {"unlabelled-exit:f3": "no"})

    def test_taking_back_brings_the_former_draft_back(self, omar: Client, procedure: str) -> None:
        review = bring(omar, LANES)
        first = bring(omar, drawio(*FLOW), "flow.drawio")
        omar.post(f"{first}acceptance/", {"into": procedure})
        before = ProcedureVersion.objects.get(procedure__key=procedure, status="draft").digest

        omar.post(f"{review}acceptance/", {"into": procedure})
        between = ProcedureVersion.objects.get(procedure__key=procedure, status="draft").digest
        omar.post(f"{review}taking-back/")

        assert between != before
        assert ProcedureVersion.objects.get(procedure__key=procedure, status="draft").digest == before

    def test_what_somebody_drew_on_is_not_taken_back(self, omar: Client) -> None:
        review = bring(omar, LANES)
        omar.post(f"{review}acceptance/", {"name": "Calls", "record": "lead", "into": ""})
        ProcedureVersion.objects.filter(procedure__key="calls").update(digest="0" * 64)

        answer = omar.post(f"{review}taking-back/")

        assert answer.status_code == 409
        assert Procedure.objects.filter(key="calls").exists()

    def test_what_is_no_drawing_is_refused_in_a_sentence(self, omar: Client) -> None:
        answer = omar.post("/drawings/new/", {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7")})

        assert answer.status_code == 422
        assert "none of the drawings that can be read" in answer.content.decode()

    @pytest.mark.req("L1")
    def test_is_for_those_who_may_draw_and_for_its_owner_only(self, omar: Client, cast: Cast, sign_in: SignIn) -> None:
        review = bring(omar, LANES)

        assert sign_in(cast.ines).get(review).status_code == 403
        assert sign_in(cast.ines).get("/drawings/").status_code == 403
        assert sign_in(cast.admin).get(review).status_code == 404
        assert "calls" not in sign_in(cast.admin).get("/drawings/").content.decode()


class TestPicture:
    """A photo is traced."""

    def test_lies_behind_the_canvas_of_a_new_draft(self, omar: Client) -> None:
        review = bring(omar, PNG, "whiteboard.png")
        assert omar.get(f"{review}picture/")["Content-Type"] == "image/png"

        answer = omar.post(f"{review}acceptance/", {"name": "From the wall", "record": "lead", "into": ""})

        assert answer["Location"] == "/procedures/from-the-wall/draw/"
        page = omar.get("/procedures/from-the-wall/draw/").content.decode()
        assert 'data-backdrop="/procedures/from-the-wall/backdrop/?of=' in page
        shown = omar.get("/procedures/from-the-wall/backdrop/")
        assert shown.content == PNG
        assert "sandbox" in shown["Content-Security-Policy"]

    def test_can_be_taken_away(self, omar: Client, procedure: str) -> None:
        url = f"/procedures/{procedure}/backdrop/"
        omar.post(url, {"file": SimpleUploadedFile("board.png", PNG)})
        assert omar.get(url).status_code == 200

        omar.post(url, {"do": "remove"})

        assert omar.get(url).status_code == 404

    def test_anything_else_is_no_picture(self, omar: Client, procedure: str) -> None:
        answer = omar.post(f"/procedures/{procedure}/backdrop/", {"file": SimpleUploadedFile("a.exe", b"MZ")})

        assert answer.status_code == 422


class TestTakingAlong:
    """A procedure as a file."""

    @pytest.mark.parametrize(
        ("form", "begins"),
        [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("drawio", b"<?xml"), ("bpmn", CALL_FIRST[:30])],
    )
    def test_each_form_is_handed_out(
        self, cast: Cast, sign_in: SignIn, procedure: str, form: str, begins: bytes
    ) -> None:
        answer = sign_in(cast.maya).get(f"/procedures/{procedure}/file/?as={form}")

        assert answer.content.startswith(begins)
        assert answer["Content-Disposition"] == f'attachment; filename="call-first-1.{form}"'

    def test_what_was_taken_to_drawio_comes_back_as_the_same_chart(self, omar: Client, procedure: str) -> None:
        file = omar.get(f"/procedures/{procedure}/file/?as=drawio").content

        review = bring(omar, file, "call-first.drawio")
        omar.post(f"{review}acceptance/", {"into": procedure})

        assert bpmn.describe(draft(procedure)) == bpmn.describe(bpmn.read(CALL_FIRST))

    def test_a_form_that_is_none_is_not_found(self, omar: Client, procedure: str) -> None:
        assert omar.get(f"/procedures/{procedure}/file/?as=docx").status_code == 404


class TestVectorPictures:
    """A picture whose shapes were read, or which is traced instead."""

    def test_is_reviewed_like_any_drawing_and_can_be_traced_instead(self, omar: Client) -> None:
        review = bring(omar, CHART, "creately.svg")
        page = omar.get(review).content.decode()
        assert "4 lines (100 %) are connected at both ends." in page

        answer = omar.post(f"{review}tracing/")

        assert answer["Location"] == review
        assert "It is laid behind the canvas" in omar.get(review).content.decode()
        assert omar.get(f"{review}picture/")["Content-Type"] == "image/svg+xml"
        assert omar.post(f"{review}tracing/").status_code == 422

    def test_a_table_with_unknown_columns_is_one_sentence(self, omar: Client) -> None:
        answer = omar.post("/drawings/new/", {"file": SimpleUploadedFile("a.csv", b"Colour,Size\nred,3\n")})

        assert answer.status_code == 422
        assert "its columns are “Colour”, “Size”" in answer.content.decode()
        assert not ImportedDrawing.objects.exists()


def page_of(name: str, *cells: str) -> str:
    """Return one page of a draw.io file."""
    return drawio(*cells, name=name).decode().removeprefix("<mxfile>").removesuffix("</mxfile>")


SEVERAL = "".join(
    (
        "<mxfile>",
        page_of(
            "Sell",
            vertex("a", "Start", "ellipse;", 0, 0),
            vertex("b", "Qualify", "rounded=1;", 150, 0),
            vertex("c", "Done", "ellipse;", 300, 0),
            edge("f1", "a", "b"),
            edge("f2", "b", "c"),
        ),
        page_of(
            "Qualify",
            vertex("q1", "Begin", "ellipse;", 0, 0),
            vertex("q2", "Call the lead", "rounded=1;", 150, 0),
            vertex("q3", "Known", "ellipse;", 300, 0),
            edge("g1", "q1", "q2"),
            edge("g2", "q2", "q3"),
        ),
        "</mxfile>",
    )
).encode()


class TestSeveralPages:
    """All pages of a drawing at once."""

    def sent(self, client: Client, review: str, **given: object) -> int:
        """Make drafts of both pages and return the status."""
        chosen = {"pages": ["0", "1"], "name.0": "Sell", "name.1": "Qualify", "record": "lead", **given}
        return client.post(f"{review}pages/", chosen).status_code

    def test_each_becomes_a_procedure_and_steps_call_the_page_of_their_name(self, omar: Client) -> None:
        review = bring(omar, SEVERAL, "several.drawio")
        assert "Make procedures of all 2 pages at once" in omar.get(review).content.decode()

        assert self.sent(omar, review) == 302

        called = [each for each in draft("sell").processes[0].elements if isinstance(each, bpmn.model.CallActivity)]
        assert [(each.name, each.called_element) for each in called] == [("Qualify", "qualify")]
        assert any(each.name == "Call the lead" for each in draft("qualify").processes[0].elements)

    def test_all_of_them_are_taken_back_at_once(self, omar: Client) -> None:
        review = bring(omar, SEVERAL, "several.drawio")
        self.sent(omar, review)

        omar.post(f"{review}taking-back/")

        assert not Procedure.objects.exists()
        assert ImportedDrawing.objects.get().stage == "open"
        assert self.sent(omar, review) == 302

    def test_when_one_was_drawn_on_nothing_is_taken_back(self, omar: Client, cast: Cast) -> None:
        review = bring(omar, SEVERAL, "several.drawio")
        self.sent(omar, review)
        ProcedureVersion.objects.filter(procedure__key="qualify").update(digest="other")

        assert omar.post(f"{review}taking-back/").status_code == 409

        assert Procedure.objects.count() == 2

    @pytest.mark.parametrize("given", [{"pages": []}, {"name.1": ""}, {"name.1": "Sell"}])
    def test_what_cannot_be_is_refused_and_nothing_is_made(self, omar: Client, given: dict[str, object]) -> None:
        review = bring(omar, SEVERAL, "several.drawio")

        assert self.sent(omar, review, **given) == 422

        assert not Procedure.objects.exists()
