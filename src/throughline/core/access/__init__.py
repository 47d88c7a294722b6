"""
Access: who may see and do what. Roles give scopes (own, team, all) by record type and action; teams form a tree.

``visible`` is the one predicate that every query over records carries; ``can`` answers for one record, ``why``
explains, ``field_rights`` rules single fields, ``take_part_many`` lets participants in. Administrators own the roles.
"""

from throughline.core.access.permissions import FieldRight, Permissions, Scope
from throughline.core.access.rules import (
    ASSIGN,
    CREATE,
    DELETE,
    EDIT,
    EXPORT,
    IMPORT,
    VIEW,
    FieldRights,
    Grants,
    Guarded,
    Part,
    Secured,
    allows,
    can,
    field_rights,
    forget,
    grants,
    require,
    require_ability,
    search_predicate,
    stop_taking_part,
    take_part_many,
    user_of,
    visible,
    why,
    widen,
)

__all__ = [
    "ASSIGN",
    "CREATE",
    "DELETE",
    "EDIT",
    "EXPORT",
    "IMPORT",
    "VIEW",
    "FieldRight",
    "FieldRights",
    "Grants",
    "Guarded",
    "Part",
    "Permissions",
    "Scope",
    "Secured",
    "allows",
    "can",
    "field_rights",
    "forget",
    "grants",
    "require",
    "require_ability",
    "search_predicate",
    "stop_taking_part",
    "take_part_many",
    "user_of",
    "visible",
    "why",
    "widen",
]
