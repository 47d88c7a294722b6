"""Log lines for machines: one JSON object per line (THROUGHLINE_LOG=json)."""

from __future__ import annotations

import json
import logging
import socket
from datetime import UTC, datetime

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """
    Write a record's instant (UTC), level, logger, process, message, traceback and every ``extra`` as one JSON object.

    ``process`` names machine and process as the page of operation names workers. What is about a case has ``case``.
    """

    machine = socket.gethostname()

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without a line break inside."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "process": f"{self.machine}:{record.process}",
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in OWN},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)
