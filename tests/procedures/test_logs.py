"""Log lines about a case carry its number, so that machines find all of them."""

from __future__ import annotations

import json
import logging

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder
from throughline.config.logs import JsonFormatter
from throughline.core.actions import ActionResult
from throughline.core.procedures.models import Case


@pytest.mark.req("N2")
class TestLogs:
    def test_an_incident_is_a_line_with_case_procedure_and_step(
        self, desk: Desk, tag: Recorder, caplog: pytest.LogCaptureFixture
    ) -> None:
        tag.answer = lambda request: ActionResult.failed("Expected luck.")
        desk.publish(c.chart(c.captured(), c.action("tag", "test.tag"), c.end(), c.flows("captured > tag > end")))
        desk.capture()

        with caplog.at_level(logging.WARNING, "throughline"):
            desk.drain()

        (record,) = [each for each in caplog.records if "cannot go on" in each.getMessage()]
        line = json.loads(JsonFormatter().format(record))
        assert (line["case"], line["procedure"], line["node"]) == (Case.objects.get().pk, "test", "tag")
        assert line["level"] == "WARNING"

    def test_a_held_case_is_a_line_with_its_traceback(
        self, desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from throughline.core.procedures.driver import case_run

        desk.publish(c.chart(c.captured(), c.end(), c.flows("captured > end")))
        desk.capture()
        monkeypatch.setattr(case_run, "advance", lambda *_: 1 / 0)

        with caplog.at_level(logging.ERROR, "throughline"):
            desk.drain()

        (record,) = [each for each in caplog.records if "is held" in each.getMessage()]
        line = json.loads(JsonFormatter().format(record))
        assert line["case"] == Case.objects.get(held=True).pk
        assert "ZeroDivisionError" in line["traceback"]
