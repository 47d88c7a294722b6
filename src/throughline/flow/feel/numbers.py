"""
The arithmetic of FEEL numbers: IEEE 754-2008 decimal128, 34 digits, half even (DMN 1.5, 10.3.2.3.1).

``NUMBERS`` is the context whose methods compute; the context of the thread is never used, so nothing outside can
change a result. What has no result raises ``decimal.DecimalException``; callers turn that into null.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, DivisionByZero, InvalidOperation, Overflow
from typing import Final

DIGITS: Final = 34
LARGEST_SCALE: Final = 6176
SMALLEST_SCALE: Final = -6111

NUMBERS: Final = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
EXACT: Final = Context(
    prec=20000, rounding=ROUND_HALF_EVEN, Emin=-20000, Emax=20000, traps=[InvalidOperation, Overflow]
)
