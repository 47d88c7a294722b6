"""Addresses that many pages write again and again: worked out once, kept by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from django.urls import get_script_prefix, reverse


def way(name: str, *args: str | int) -> str:
    """Return the address of a page, as ``reverse`` does. For places, of which there are few, not for records."""
    return _way(name, args, get_script_prefix())


def ways(name: str, *args: str) -> Callable[[int], str]:
    """Return what gives the addresses of pages that differ by the key at the end of ``args``."""
    before, _, after = way(name, *args, 0).rpartition("/0/")
    return lambda key: f"{before}/{key}/{after}"


@lru_cache(maxsize=512)
def _way(name: str, args: tuple[str | int, ...], _prefix: str) -> str:
    return reverse(name, args=args)
