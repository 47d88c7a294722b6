"""
The built-in functions of FEEL (DMN 1.5, 10.3.4), one module per family. Importing this package declares them all.
"""

from throughline.flow.feel.builtins import (
    boolean,
    contexts,
    conversion,
    lists,
    numeric,
    range_text,
    ranges,
    sorting,
    statistics,
    strings,
    temporal,
)
from throughline.flow.feel.builtins.signature import BUILTINS, NO_RESULT, Builtin

__all__ = [
    "BUILTINS",
    "NO_RESULT",
    "Builtin",
    "boolean",
    "contexts",
    "conversion",
    "lists",
    "numeric",
    "range_text",
    "ranges",
    "sorting",
    "statistics",
    "strings",
    "temporal",
]
