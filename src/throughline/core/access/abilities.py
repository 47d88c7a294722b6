"""
Names of abilities: what a role lets people do that is not about one record.

Roles are stored with these names, so a name is never changed.
"""

from __future__ import annotations

DESIGN_PROCEDURES = "procedures.design"
"""Draw procedures and fill in decision tables, as drafts."""

PUBLISH_PROCEDURES = "procedures.publish"
"""Let drawings and decision tables run, and retire them."""

OVERRIDE_TESTS = "procedures.override"
"""Publish a drawing although test cases of it fail, with a reason."""

REPAIR_PROCEDURES = "procedures.repair"
"""Retry, skip, move and cancel steps of any case."""

MANAGE_PIPELINES = "pipelines.manage"
"""Make pipelines, their stages and gates."""

MANAGE_PRICES = "prices.manage"
"""Keep price books, tax rates and rates of exchange."""

REVIEW_QUOTES = "quotes.review"
"""Approve quotes before they are sent, or send them back."""

SEE_FORECAST = "forecast.see"
"""See forecasts, as far as one sees their deals."""

SET_TARGETS = "targets.set"
"""Say how much people and teams are to sell."""

COACH = "people.coach"
"""Look at how the deals of one's people stand, and write notes for them."""

MANAGE_CONNECTIONS = "connections.manage"
"""Say where data may leave the house, and look after the ways out."""

MANAGE_RECORDS = "settings.records"
"""Make fields, validation rules and record types, and retire them."""

MANAGE_ROLES = "settings.roles"
"""Say what roles may see and do, who works here in which of them, who works on which territory, and keep queues."""

_LABELS: dict[str, str] = {
    DESIGN_PROCEDURES: "Draw procedures and decision tables",
    PUBLISH_PROCEDURES: "Publish and retire procedures",
    OVERRIDE_TESTS: "Publish despite failing test cases",
    REPAIR_PROCEDURES: "Repair cases",
    MANAGE_PIPELINES: "Change pipelines and stages",
    MANAGE_PRICES: "Change price books and taxes",
    REVIEW_QUOTES: "Review quotes before they are sent",
    SEE_FORECAST: "See forecasts",
    SET_TARGETS: "Set targets",
    COACH: "Coach the people of one's teams",
    MANAGE_CONNECTIONS: "Say where data may leave the house",
    MANAGE_RECORDS: "Change fields, rules and record types",
    MANAGE_ROLES: "Change roles, people, teams, territories and queues",
    "reports.see": "See reports",
    "workload.see": "See the workload of others",
    "views.share": "Share views with everybody",
    "people.manage": "Look after people",
}


def everything() -> dict[str, str]:
    """Return all abilities with what they let people do, for the page of roles."""
    return dict(_LABELS)
