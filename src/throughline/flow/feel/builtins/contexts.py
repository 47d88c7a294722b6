"""Context functions (DMN 1.5, table 81)."""

from __future__ import annotations

from typing import Any

from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.errors import NoResult

MOST_KEYS = 100


@builtin("get value(m: context, key: string) -> Any")
def get_value(m: dict[str, Any], key: str) -> Any:
    return m.get(key)


@builtin("get value(m: context, keys: list) -> Any")
def get_value_at(m: dict[str, Any], keys: list[Any]) -> Any:
    """The value at the end of a path of keys; null when the path breaks off."""
    value: Any = m
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value if keys else None


@builtin("get entries(m: context) -> list<context<key: string, value: Any>>")
def get_entries(m: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context(entries: list) -> context")
def context(entries: list[Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or "value" not in entry:
            raise NoResult("Expected every entry to have a text key and a value, but one has not.")
        if entry["key"] in result:
            raise NoResult(f'Expected every key once, but "{entry["key"]}" comes twice.')
        result[entry["key"]] = entry["value"]
    return result


@builtin("context put(context: context, key: string, value: any) -> context")
def context_put(context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    return {**context, key: value}


@builtin("context put(context: context, keys: list, value: any) -> context")
def context_put_at(context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any]:
    """Put a value at the end of a path of keys; contexts that are missing on the way are made."""
    if len(keys) > MOST_KEYS:
        raise NoResult(f"Expected at most {MOST_KEYS} keys inside each other, but {len(keys)}.")
    if not keys or not all(isinstance(key, str) for key in keys):
        raise NoResult("Expected one or more text keys, but there is none or another kind.")
    key, *rest = keys
    if not rest:
        return {**context, key: value}
    inner = context.get(key)
    if not isinstance(inner, dict):
        if inner is not None:
            raise NoResult(f'Expected "{key}" to be a context, but it is not.')
        inner = {}
    return {**context, key: context_put_at(inner, rest, value)}


@builtin("context merge(contexts: list) -> context")
def context_merge(contexts: list[Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, dict):
            raise NoResult("Expected a list of contexts, but it holds something else.")
        result.update(context)
    return result
