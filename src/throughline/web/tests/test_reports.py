"""Dashboards by mail on their pages: chosen, changed and ended there, and the PDF as it would come."""

from __future__ import annotations

import re

import pytest

from throughline.core.tests.cast import Cast
from throughline.insight.dashboards.models import Report
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("I1")]

PAGE = "/insight/dashboards/shipped/sales/"
GIVEN = {"every": "week", "week_day": "1", "month_day": "1", "hour": "8", "zone": "UTC"}


class TestReports:
    def test_a_dashboard_is_mailed_changed_and_ended_on_its_page(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        assert "No procedure mails reports here yet" in words_of(omar.get(PAGE))

        answer = omar.post(f"{PAGE}reports/", {**GIVEN, "receivers": [cast.omar.pk, cast.ines.pk]})

        assert answer["Location"] == f"{PAGE}#mail"
        words = words_of(omar.get(PAGE))
        assert "every week, Monday, 08:00 (UTC)" in words
        assert "Omar Haddad, Ines Duarte" in words or "Ines Duarte, Omar Haddad" in words
        report = Report.objects.get()

        monthly = {**GIVEN, "every": "month", "month_day": "15", "receivers": [cast.omar.pk]}
        omar.post(f"/insight/reports/{report.pk}/", monthly)
        assert "every month, day 15, 08:00 (UTC)" in words_of(omar.get(PAGE))

        omar.post(f"/insight/reports/{report.pk}/end/")
        assert not Report.objects.exists()

    def test_what_is_no_time_is_said(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post(f"{PAGE}reports/", {**GIVEN, "hour": "", "receivers": [cast.omar.pk]})

        assert answer.status_code == 422
        assert "Choose an hour" in words_of(answer)

    def test_who_may_not_send_it_to_others_is_offered_themselves_only(self, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        offered = re.findall(r'name="receivers"[^>]*>(.*?)</select>', words_of(maya.get(PAGE)), re.S)
        answer = maya.post(f"{PAGE}reports/", {**GIVEN, "receivers": [cast.ines.pk]})

        assert [re.findall(r">([^<]+)</option>", each) for each in offered] == [["Maya Lin"]]
        assert answer.status_code == 403
        assert not Report.objects.exists()

    def test_ines_sees_and_changes_nothing_of_a_report_that_is_not_hers(self, cast: Cast, sign_in: SignIn) -> None:
        sign_in(cast.omar).post(f"{PAGE}reports/", {**GIVEN, "receivers": [cast.maya.pk]})
        report, ines = Report.objects.get(), sign_in(cast.ines)

        assert "Maya Lin" not in words_of(ines.get(PAGE))
        assert ines.post(f"/insight/reports/{report.pk}/", {**GIVEN, "receivers": [cast.ines.pk]}).status_code == 404
        assert ines.post(f"/insight/reports/{report.pk}/end/").status_code == 404
        assert "Omar Haddad" in words_of(sign_in(cast.maya).get(PAGE))

    def test_the_pdf_opens_from_the_page(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).get(f"{PAGE}pdf/")

        assert (answer["Content-Type"], answer.content[:4]) == ("application/pdf", b"%PDF")
        assert sign_in(cast.maya).get("/insight/dashboards/shipped/gone/pdf/").status_code == 404
        assert sign_in(cast.ivo).get(f"{PAGE}pdf/").status_code == 403
