"""``/metrics``: figures for Prometheus, for who may read them."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from throughline.conftest import AT
from throughline.core.procedures import gauge, setwise

LINE = re.compile(
    r'(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="(?:[^"\\]|\\.)*"(?:,\w+="(?:[^"\\]|\\.)*")*\})? -?[\d.e+-]+)'
)


@pytest.mark.req("N2")
@pytest.mark.django_db
class TestMetrics:
    def test_every_line_is_one_that_prometheus_reads(self, client: Client) -> None:
        setwise.execute(
            "INSERT INTO procedures_connection (key, state, failures, openings, last_failure, paused)"
            " VALUES (%s, 'closed', 0, 0, '', true)",
            ['hook:a "b"\\\n'],
        )
        gauge.Gauge("one:7", at=AT).tell(at=AT)

        answer = client.get("/metrics")

        lines = answer.content.decode().splitlines()
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        assert "throughline_inbox_commands 0.0" in lines
        assert 'throughline_connection_up{connection="hook:a \\"b\\"\\\\\\n"} 0.0' in lines
        assert 'throughline_worker_commands_total{worker="one:7"} 0.0' in lines

    def test_how_late_timers_were_is_a_histogram_with_all_its_parts(self, client: Client) -> None:
        own = gauge.Gauge("one:7", at=AT)
        gauge.timers_done([0.07, 2.0])
        own.tell(at=AT)

        lines = client.get("/metrics").content.decode().splitlines()

        name = "throughline_timer_lateness_seconds"
        assert f"# TYPE {name} histogram" in lines
        assert f'{name}_bucket{{worker="one:7",le="0.05"}} 0.0' in lines
        assert f'{name}_bucket{{worker="one:7",le="0.1"}} 1.0' in lines
        assert f'{name}_bucket{{worker="one:7",le="+Inf"}} 2.0' in lines
        assert f'{name}_count{{worker="one:7"}} 2.0' in lines
        assert any(line.startswith(f'{name}_sum{{worker="one:7"}} 2.0') for line in lines)

    def test_another_machine_may_not_read_without_the_token(self, client: Client, settings: Settings) -> None:
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 403
        assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 403

        settings.METRICS_TOKEN = "a long random text"
        assert client.get("/metrics").status_code == 403
        assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 403
        good = client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers={"authorization": "Bearer a long random text"})
        assert good.status_code == 200
