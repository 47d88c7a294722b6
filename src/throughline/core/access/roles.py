"""
The roles that are shipped. An administrator may change them; a new start of the product does not change them back.
"""

from __future__ import annotations

from typing import Any

from throughline.core.access.abilities import (
    COACH,
    DESIGN_PROCEDURES,
    MANAGE_PIPELINES,
    MANAGE_PRICES,
    OVERRIDE_TESTS,
    PUBLISH_PROCEDURES,
    REPAIR_PROCEDURES,
    REVIEW_QUOTES,
    SEE_FORECAST,
    SET_TARGETS,
)

_FORECAST = dict.fromkeys(
    ("forecast_category", "probability", "expected_revenue", "expected_close_on", "amount"), "hidden"
)

_PRICES = {"*": "none", "view": "all"}
"""Price books are read by all who sell or serve, and kept by who may keep prices."""

_QUEUES = {"*": "none", "view": "all"}
"""Queues are read by everybody, and kept by who may change roles."""

_TERRITORIES = {"*": "none", "view": "all"}
"""Territories are read by all, and kept by who may say what roles see."""

SHIPPED: dict[str, tuple[str, dict[str, Any]]] = {
    "administrator": (
        "Administrator",
        {"records": {"*": {"*": "all"}}, "pool": ["*"], "fields": {"*": {"*": "write"}}, "abilities": ["*"]},
    ),
    "manager": (
        "Manager",
        {
            "records": {
                "*": {"*": "team"},
                "product": {"view": "all", "create": "all", "edit": "all"},
                "price_book": {"*": "all"},
                "queue": dict(_QUEUES),
                "territory": dict(_TERRITORIES),
            },
            "pool": ["*"],
            "abilities": [
                SEE_FORECAST,
                "reports.see",
                DESIGN_PROCEDURES,
                PUBLISH_PROCEDURES,
                OVERRIDE_TESTS,
                REPAIR_PROCEDURES,
                MANAGE_PIPELINES,
                MANAGE_PRICES,
                REVIEW_QUOTES,
                SET_TARGETS,
                COACH,
                "workload.see",
                "views.share",
            ],
        },
    ),
    "sales": (
        "Sales",
        {
            "records": {
                "*": {"view": "team", "create": "team", "edit": "team", "assign": "team", "delete": "own"},
                "ticket": {"view": "team"},
                "product": {"view": "all"},
                "price_book": dict(_PRICES),
                "queue": dict(_QUEUES),
                "territory": dict(_TERRITORIES),
            },
            "abilities": [SEE_FORECAST, "reports.see"],
        },
    ),
    "marketing": (
        "Marketing",
        {
            "records": {
                "*": {"view": "team", "create": "team", "edit": "own", "delete": "own"},
                "lead": {
                    "view": "all",
                    "create": "all",
                    "edit": "all",
                    "assign": "all",
                    "import": "all",
                    "export": "all",
                },
                "contact": {"view": "all", "create": "all", "edit": "all", "import": "all", "export": "all"},
                "organization": {"view": "all", "create": "all", "edit": "all", "import": "all", "export": "all"},
                "deal": {"view": "all"},
                "price_book": dict(_PRICES),
                "queue": dict(_QUEUES),
                "territory": dict(_TERRITORIES),
                "ticket": {"*": "none"},
            },
            "pool": ["lead", "contact", "organization"],
            "abilities": ["reports.see", DESIGN_PROCEDURES, SEE_FORECAST],
        },
    ),
    "service": (
        "Service",
        {
            "records": {
                "*": {"view": "team", "create": "team", "edit": "own", "delete": "own"},
                "contact": {"view": "all", "create": "all", "edit": "all"},
                "organization": {"view": "all", "create": "all", "edit": "all"},
                "ticket": {"*": "all", "delete": "none"},
                "lead": {"view": "own", "create": "own"},
                "deal": {"view": "own"},
                "price_book": dict(_PRICES),
                "queue": dict(_QUEUES),
                "territory": dict(_TERRITORIES),
            },
            "pool": ["ticket"],
            "abilities": ["reports.see"],
        },
    ),
    "hr": (
        "HR",
        {
            "records": {
                "*": {"view": "own", "create": "own", "edit": "own"},
                "deal": {"*": "none"},
                "price_book": {"*": "none"},
                "queue": dict(_QUEUES),
                "territory": dict(_TERRITORIES),
            },
            "fields": {"deal": dict(_FORECAST)},
            "abilities": ["people.manage", "workload.see"],
        },
    ),
    "intern": (
        "Intern",
        {
            "records": {
                "*": {"view": "team", "create": "team", "edit": "own", "delete": "none", "export": "none"},
                "price_book": dict(_PRICES),
                "queue": dict(_QUEUES),
                "territory": dict(_TERRITORIES),
            },
            "fields": {"deal": dict(_FORECAST)},
        },
    ),
}
"""Key → name and permissions."""
