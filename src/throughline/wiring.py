"""
The one place that knows every capability, and joins them at start-up.

Registries live in core and know nobody; here they are filled. Nothing below imports this module; the shells reach it
through Django's start (``config``) or call it by name (``cli``).
"""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.apps import apps

PARTS = ("events", "record", "access", "actions", "triggers", "packing", "attachments")
"""The modules by which a capability takes part, each optional: its facts, its record types, who else sees them, what
charts may ask of it, what it does when something is recorded, what packs may bring of it, and what mails may carry."""


def join() -> None:
    """
    Fill the registries of core from every installed capability; called once when Django has loaded all tables.

    A capability offers ``record.RECORDS`` (record types), ``access.WIDENINGS`` (further ways to see records, as
    arguments of ``access.widen``), ``actions.ACTIONS`` (specification, performer and, for what leaves the house, how),
    ``triggers.LISTENERS`` (called with what the journal records), ``packing.PARTS`` (what packs may bring) and
    ``attachments.ATTACHMENTS`` (what mails may carry, by kind). Its ``events`` are registered by being imported.
    """
    from throughline.core import access, attachments, journal
    from throughline.core.records import registry

    for config in apps.get_app_configs():
        if not config.name.startswith("throughline."):
            continue
        parts = {name: _part(f"{config.name}.{name}") for name in PARTS}
        for spec in getattr(parts["record"], "RECORDS", ()):
            registry.register(spec)
        for record_type, widening in getattr(parts["access"], "WIDENINGS", ()):
            access.widen(record_type, widening)
        _register_actions(getattr(parts["actions"], "ACTIONS", ()))
        for listener in getattr(parts["triggers"], "LISTENERS", ()):
            journal.on_recorded(listener)
        _register_parts(getattr(parts["packing"], "PARTS", ()))
        for kind, source in getattr(parts["attachments"], "ATTACHMENTS", {}).items():
            attachments.register(kind, source)


def _part(name: str) -> ModuleType | None:
    return import_module(name) if find_spec(name) is not None else None


def _register_actions(actions: object) -> None:
    if not actions or not apps.is_installed("throughline.core.procedures"):
        return
    from throughline.core.procedures.actions import register

    for spec, perform_many, *outside in actions:  # type: ignore[attr-defined]
        register(spec, perform_many, *outside)


def _register_parts(kinds: object) -> None:
    if not kinds or not apps.is_installed("throughline.core.library"):
        return
    from throughline.core.library.parts import register

    for kind in kinds:  # type: ignore[attr-defined]
        register(kind)


def renew(*, at: datetime) -> None:
    """Bring what is shipped as rows to this version, without what people here decided; asked at every start."""
    from throughline import __version__
    from throughline.core.access.operations import renew_roles
    from throughline.core.actor import Actor

    renew_roles(by=Actor.system(f"Throughline {__version__}"), at=at)


def load_sample_company(*, password: str, at: datetime) -> str | None:
    """
    Fill an empty database with the sample company; its people sign in with ``password``.

    Returns the e-mail address to sign in with first, or None when there are people already: then nothing is changed.
    """
    from django.contrib.auth import get_user_model

    company = _part("throughline.sample.company")
    if get_user_model()._default_manager.exists() or company is None:
        return None
    from throughline.core.actor import Actor

    company.load_company(by=Actor.system("throughline serve"), at=at, password=password)
    return str(company.FIRST_SIGN_IN)
