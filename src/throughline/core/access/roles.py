"""
The roles that are shipped. An administrator may change them; a new start of the product does not change them back.
"""

from __future__ import annotations

from typing import Any

from throughline.core.access.abilities import (
    DESIGN_PROCEDURES,
    MANAGE_PIPELINES,
    PUBLISH_PROCEDURES,
    REPAIR_PROCEDURES,
)

_FORECAST = dict.fromkeys(
    ("forecast_category", "probability", "expected_revenue", "expected_close_on", "amount"), "hidden"
)

SHIPPED: dict[str, tuple[str, dict[str, Any]]] = {
    "administrator": (
        "Administrator",
        {"records": {"*": {"*": "all"}}, "pool": ["*"], "fields": {"*": {"*": "write"}}, "abilities": ["*"]},
    ),
    "manager": (
        "Manager",
        {
            "records": {"*": {"*": "team"}},
            "pool": ["*"],
            "abilities": [
                "forecast.see",
                "reports.see",
                DESIGN_PROCEDURES,
                PUBLISH_PROCEDURES,
                REPAIR_PROCEDURES,
                MANAGE_PIPELINES,
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
            },
            "abilities": ["forecast.see", "reports.see"],
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
                "ticket": {"*": "none"},
            },
            "pool": ["lead", "contact", "organization"],
            "abilities": ["reports.see", DESIGN_PROCEDURES, "forecast.see"],
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
            },
            "pool": ["ticket"],
            "abilities": ["reports.see"],
        },
    ),
    "hr": (
        "HR",
        {
            "records": {"*": {"view": "own", "create": "own", "edit": "own"}, "deal": {"*": "none"}},
            "fields": {"deal": dict(_FORECAST)},
            "abilities": ["people.manage", "workload.see"],
        },
    ),
    "intern": (
        "Intern",
        {
            "records": {"*": {"view": "team", "create": "team", "edit": "own", "delete": "none", "export": "none"}},
            "fields": {"deal": dict(_FORECAST)},
        },
    ),
}
"""Key → name and permissions."""
