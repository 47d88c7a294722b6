"""Addresses of the settings."""

from __future__ import annotations

from django.urls import path

from throughline.web.records import reasons, urls  # noqa: F401 - the latter makes records known in addresses
from throughline.web.settings import fields, people, roles, rules, types

urlpatterns = [
    path("settings/records/", types.show_all, name="settings_records"),
    path("settings/records/new/", types.create, name="settings_type_new"),
    path("settings/records/<slug:kind>/", fields.show_type, name="settings_type"),
    path("settings/records/<slug:kind>/change/", types.change, name="settings_type_change"),
    path("settings/records/<slug:kind>/retirement/", types.retire, name="settings_type_retirement"),
    path("settings/records/<slug:kind>/restoration/", types.restore, name="settings_type_restoration"),
    path("settings/records/<slug:kind>/fields/new/", fields.create, name="settings_field_new"),
    path("settings/records/<slug:kind>/fields/preview/", fields.preview, name="settings_field_preview"),
    path("settings/records/<slug:kind>/fields/<slug:key>/", fields.change, name="settings_field"),
    path("settings/records/<slug:kind>/fields/<slug:key>/retirement/", fields.retire, name="settings_field_retirement"),
    path(
        "settings/records/<slug:kind>/fields/<slug:key>/restoration/", fields.restore, name="settings_field_restoration"
    ),
    path("settings/records/<slug:kind>/rules/new/", rules.create, name="settings_rule_new"),
    path("settings/records/<slug:kind>/rules/<int:rule_id>/", rules.change, name="settings_rule"),
    path("settings/records/<slug:kind>/rules/<int:rule_id>/retirement/", rules.retire, name="settings_rule_retirement"),
    path("<records:spec>/<int:record_id>/access/", reasons.show, name="record_access"),
    path("<records:spec>/<int:record_id>/sharing/", reasons.share, name="record_sharing"),
    path("<records:spec>/<int:record_id>/sharing/end/", reasons.end, name="record_sharing_end"),
    path("settings/roles/", roles.show_all, name="settings_roles"),
    path("settings/roles/new/", roles.create, name="settings_role_new"),
    path("settings/roles/<str:key>/", roles.change, name="settings_role"),
    path("settings/people/", people.show_all, name="settings_people"),
    path("settings/people/new/", people.invite, name="settings_person_new"),
    path("settings/people/<int:user_id>/", people.change, name="settings_person"),
    path("settings/people/<int:user_id>/account/", people.close_or_open, name="settings_person_account"),
    path("settings/people/<int:user_id>/link/", people.make_link, name="settings_person_link"),
    path("settings/teams/new/", people.make_team, name="settings_team_new"),
    path("settings/teams/<int:team_id>/", people.change_team, name="settings_team"),
    path("settings/teams/<int:team_id>/retirement/", people.retire_team, name="settings_team_retirement"),
    path("settings/teams/<int:team_id>/restoration/", people.bring_back_team, name="settings_team_restoration"),
]
