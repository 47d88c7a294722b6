"""The pages of absence."""

from __future__ import annotations

import pytest

from throughline.core.handover.models import Handover
from throughline.core.identity.models import User
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn


@pytest.mark.req("C7")
class TestAbsence:
    """Entered, shown, handed over, taken back."""

    def test_the_whole_way(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya, mine = sign_in(cast.maya), f"/absence/{cast.maya.pk}/"
        sent = {"away_from": "2026-03-01T00:00", "away_until": "2026-03-20T00:00", "substitute": cast.tom.pk}

        maya.post(f"{mine}entry/", sent)
        preview = maya.get(mine).content.decode()
        everybody = sign_in(cast.petra).get("/absence/").content.decode()
        maya.post(f"{mine}handover/", {"substitute": cast.tom.pk})
        move = Handover.objects.get()
        lead.refresh_from_db()

        assert "<dt>Leads</dt><dd>1</dd>" in preview
        assert "Steps of procedures" in preview
        assert "Tom Berg stands in" in everybody
        assert lead.owner == cast.tom
        maya.post(f"/absence/handovers/{move.pk}/back/")
        maya.post(f"{mine}entry/", {"do": "back"})
        lead.refresh_from_db()
        assert (lead.owner, User.objects.get(pk=cast.maya.pk).away_from) == (cast.maya, None)

    @pytest.mark.parametrize(
        ("door", "sent"),
        [
            ("entry", {"away_from": "soon", "away_until": ""}),
            ("entry", {"away_from": "2026-03-20T00:00", "away_until": "2026-03-01T00:00"}),
            ("handover", {}),
            ("competences", {"competences": "French", "capacity": "much"}),
            ("competences", {"competences": "French", "capacity": "300"}),
        ],
    )
    def test_nonsense_comes_back(
        self, cast: Cast, lead: Lead, sign_in: SignIn, door: str, sent: dict[str, str]
    ) -> None:
        answer = sign_in(cast.maya).post(f"/absence/{cast.maya.pk}/{door}/", sent)

        assert answer.status_code == 422
        assert not Handover.objects.exists()

    @pytest.mark.req("C2")
    def test_what_somebody_knows_is_kept_for_routing(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        sent = {"competences": "French,  Analytics , french", "capacity": "50 %"}

        page = sign_in(cast.omar).post(f"/absence/{cast.maya.pk}/competences/", sent, follow=True).content.decode()

        maya = User.objects.get(pk=cast.maya.pk)
        assert (maya.competences, maya.capacity) == (["analytics", "french"], 50)
        assert 'value="analytics, french"' in page

    def test_a_colleague_gets_404(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        tom = sign_in(cast.tom)

        assert tom.get(f"/absence/{cast.maya.pk}/").status_code == 404
        assert tom.post(f"/absence/{cast.maya.pk}/handover/", {"substitute": cast.tom.pk}).status_code == 404
