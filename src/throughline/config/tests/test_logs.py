"""Log lines for machines."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys

from throughline.config.logs import JsonFormatter


class TestJsonFormatter:
    def test_writes_one_object_with_what_the_caller_added(self) -> None:
        record = logging.LogRecord("engine", logging.INFO, "x.py", 1, "stepped %s cases", (3,), None)
        record.case = 17

        line = json.loads(JsonFormatter().format(record))

        assert (line["level"], line["logger"], line["message"], line["case"]) == (
            "INFO",
            "engine",
            "stepped 3 cases",
            17,
        )

    def test_names_machine_and_process_as_workers_are_named(self) -> None:
        record = logging.LogRecord("engine", logging.INFO, "x.py", 1, "stepped", (), None)

        line = json.loads(JsonFormatter().format(record))

        assert line["process"] == f"{socket.gethostname()}:{os.getpid()}"

    def test_keeps_a_traceback_on_one_line(self) -> None:
        try:
            int("bad")
        except ValueError:
            record = logging.LogRecord("engine", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())

        text = JsonFormatter().format(record)

        assert "\n" not in text
        assert "ValueError: invalid literal" in json.loads(text)["traceback"]
