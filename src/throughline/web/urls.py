"""Addresses of the pages. A verb is a resource: ``POST /work/7/completion/``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from throughline.web.decisions import views as decisions
from throughline.web.forms import views as forms
from throughline.web.notifications import views as notifications
from throughline.web.procedures import drawings
from throughline.web.procedures import views as procedures
from throughline.web.search import views as search
from throughline.web.work import views as work

app_name = "web"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", work.show_mine, name="my_work"),
    path("work/<int:work_item_id>/", work.show_one, name="work_item"),
    path("work/<int:work_item_id>/completion/", work.complete, name="work_completion"),
    path("work/<int:work_item_id>/claim/", work.claim, name="work_claim"),
    path("search/", search.show, name="search"),
    path("notifications/", notifications.show, name="notifications"),
    path("notifications/read/", notifications.mark_all_read, name="notifications_read"),
    path("procedures/", procedures.show_library, name="procedures"),
    path("procedures/new/", procedures.create, name="procedure_new"),
    path("drawings/check/", drawings.check_drawing, name="drawing_check"),
    path("expressions/check/", drawings.check_expression, name="expression_check"),
    path("procedures/<slug:key>/draw/", procedures.draw, name="procedure_draw"),
    path("procedures/<slug:key>/draft/", drawings.keep_draft, name="procedure_draft"),
    path("procedures/<slug:key>/publication/", drawings.publish_draft, name="procedure_publication"),
    path("procedures/<slug:key>/live/", procedures.show_live, name="procedure_live"),
    path("procedures/<slug:key>/live.json", procedures.figures, name="procedure_figures"),
    path("procedures/<slug:key>/steps/<str:node>/", procedures.show_step, name="procedure_step"),
    path("procedures/<slug:key>/versions/", procedures.show_versions, name="procedure_versions"),
    path("procedures/<slug:key>/incidents/<int:incident_id>/retry/", procedures.retry, name="incident_retry"),
    path("decisions/", decisions.show_list, name="decisions"),
    path("decisions/new/", decisions.create, name="decision_new"),
    path("decisions/check/", decisions.check, name="decision_check"),
    path("decisions/trial/", decisions.decide, name="decision_trial"),
    path("decisions/<slug:key>/", decisions.edit, name="decision"),
    path("decisions/<slug:key>/draft/", decisions.keep_draft, name="decision_draft"),
    path("decisions/<slug:key>/publication/", decisions.publish_draft, name="decision_publication"),
    path("f/enquiry/", forms.enquiry, name="lead_form"),
    path("lead-form/", forms.show_page, name="lead_form_page"),
    path("", include("throughline.web.records.urls")),
]
