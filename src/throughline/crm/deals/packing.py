"""What packs can bring of deals: pipelines, products, price books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from throughline.core.actor import Actor
from throughline.core.library.parts import Brought, Listed, PartKind, Wish
from throughline.core.records import registry
from throughline.core.records.operations import create_record, update_record
from throughline.core.refusals import Refusal
from throughline.crm.deals.models import Deal, Pipeline, PriceBook, Product
from throughline.crm.deals.operations import StagePlan, retire_pipeline, save_pipeline
from throughline.crm.deals.pricing import NewPrice, save_price_book

CENT = Decimal("0.01")
STAGE = ("name", "kind", "probability", "rots_after_days", "needs_file", "condition", "otherwise", "approval_role")


def _named(item: Listed, name: str) -> str:
    value = item.get(name)
    if value is None or not str(value).strip():
        raise Refusal("bad_pack", f"Something that the pack lists lacks its {name}.")
    return str(value).strip()


def _amount(text: Any) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        raise Refusal("bad_pack", f"“{text}” in the pack is no amount of money.") from None


# --- pipelines --------------------------------------------------------------------------------------------------------
def _bring_pipeline(wish: Wish) -> Brought:
    key = _named(wish.item, "key")
    if Pipeline.objects.filter(key=key).exists():
        return Brought(key, was_there=True)
    plans = [_plan(stage) for stage in wish.item.get("stages") or ()]
    save_pipeline(key=key, name=_named(wish.item, "name"), plans=plans, currency=wish.currency, by=wish.by, at=wish.at)
    return Brought(key)


def _plan(stage: Mapping[str, Any]) -> StagePlan:
    given = {name: stage[name] for name in STAGE if name in stage}
    return StagePlan(**given, required_fields=tuple(stage.get("required_fields") or ()))


def _full_pipeline(item: Listed) -> Listed:
    stages = [
        {name: getattr(plan, name) for name in STAGE} | {"required_fields": sorted(plan.required_fields)}
        for plan in map(_plan, item.get("stages") or ())
    ]
    return {"key": _named(item, "key"), "name": _named(item, "name"), "stages": stages}


def _pipeline_here(item: Listed) -> Listed | None:
    found = Pipeline.objects.filter(key=_named(item, "key")).first()
    if found is None:
        return None
    stages = [
        {name: getattr(stage, name) for name in STAGE} | {"required_fields": sorted(stage.required_fields)}
        for stage in found.stages.filter(retired_at=None).order_by("position")
    ]
    return {"key": found.key, "name": found.name, "stages": stages}


def _change_pipeline(wish: Wish) -> None:
    found = Pipeline.objects.get(key=_named(wish.item, "key"))
    save_pipeline(
        key=found.key,
        name=_named(wish.item, "name"),
        plans=[_plan(stage) for stage in wish.item.get("stages") or ()],
        currency=found.currency,
        by=wish.by,
        at=wish.at,
    )


def _remove_pipeline(key: str, by: Actor, at: datetime) -> bool:
    if Deal.objects.filter(pipeline__key=key).exists():
        return False
    try:
        retire_pipeline(key=key, by=by, at=at)
    except Refusal:  # it is the last one, or was retired by somebody: it stays as it is
        return False
    return True


def _pipeline_words(item: Listed) -> str:
    return f"{item.get('name')}: {' → '.join(str(stage.get('name')) for stage in item.get('stages') or ())}"


# --- products and prices ----------------------------------------------------------------------------------------------
def _bring_product(wish: Wish) -> Brought:
    code = _named(wish.item, "code")
    if Product.objects.filter(code=code, deleted_at=None).exists():
        return Brought(code, was_there=True)
    texts = {name: wish.item[name] for name in ("unit", "family", "description", "billing") if name in wish.item}
    values = {
        "name": _named(wish.item, "name"), "code": code, "price": _amount(wish.item.get("price")),
        "currency": wish.currency, **texts,
    }  # fmt: skip
    create_record(spec=registry.get("product"), values=values, by=wish.by, at=wish.at)
    return Brought(code)


TEXTS = ("unit", "family", "description", "billing")


def _full_product(item: Listed) -> Listed:
    texts = {name: str(item.get(name) or ("Once" if name == "billing" else "")) for name in TEXTS}
    return {
        "code": _named(item, "code"),
        "name": _named(item, "name"),
        "price": _price_text(item.get("price")),
        **texts,
    }


def _price_text(price: Any) -> str:
    return "" if price is None else f"{_amount(price).quantize(CENT):f}"


def _product_here(item: Listed) -> Listed | None:
    found = Product.objects.filter(code=_named(item, "code"), deleted_at=None).first()
    if found is None:
        return None
    return _full_product({name: getattr(found, name) for name in ("code", "name", "price", *TEXTS)})


def _change_product(wish: Wish) -> None:
    found = Product.objects.get(code=_named(wish.item, "code"), deleted_at=None)
    full = _full_product(wish.item)
    values = {name: full[name] for name in ("name", *TEXTS)} | {"price": _amount(wish.item.get("price"))}
    update_record(spec=registry.get("product"), record_id=found.pk, values=values, by=wish.by, at=wish.at)


def _keep(_key: str, _by: Actor, _at: datetime) -> bool:
    return False


def _bring_price_book(wish: Wish) -> Brought:
    key = _named(wish.item, "key")
    if PriceBook.objects.filter(key=key).exists():
        return Brought(key, was_there=True)
    prices = _prices(wish.item)
    save_price_book(
        key=key, name=_named(wish.item, "name"), currency=wish.currency, prices=prices, by=wish.by, at=wish.at
    )
    return Brought(key)


def _full_price_book(item: Listed) -> Listed:
    prices = sorted(
        [_named(price, "code"), f"{_amount(price.get('from', 1)).normalize():f}", _price_text(price.get("amount"))]
        for price in _entries(item)
    )
    return {"key": _named(item, "key"), "name": _named(item, "name"), "prices": prices}


def _price_book_here(item: Listed) -> Listed | None:
    found = PriceBook.objects.filter(key=_named(item, "key")).first()
    if found is None:
        return None
    rows = found.prices.values_list("product__code", "from_quantity", "amount")
    prices = [{"code": code or "–", "from": quantity, "amount": amount} for code, quantity, amount in rows]
    return _full_price_book({"key": found.key, "name": found.name, "prices": prices})


def _change_price_book(wish: Wish) -> None:
    found = PriceBook.objects.get(key=_named(wish.item, "key"))
    save_price_book(
        key=found.key,
        name=_named(wish.item, "name"),
        currency=found.currency,
        valid_from=found.valid_from,
        valid_until=found.valid_until,
        prices=_prices(wish.item),
        by=wish.by,
        at=wish.at,
    )


def _prices(item: Listed) -> list[NewPrice]:
    products = dict(Product.objects.filter(deleted_at=None).values_list("code", "pk"))
    return [_price(each, products) for each in _entries(item)]


def _entries(item: Listed) -> list[Mapping[str, Any]]:
    """Return the prices of a book as names with values; in full they are written as code, quantity, amount."""
    listed = item.get("prices") or ()
    return [
        each if isinstance(each, Mapping) else dict(zip(("code", "from", "amount"), each, strict=True))
        for each in listed
    ]


def _price(price: Mapping[str, Any], products: Mapping[str, int]) -> NewPrice:
    code = _named(price, "code")
    if code not in products:
        raise Refusal("bad_pack", f"A price book of the pack has a price for “{code}”, but there is no such product.")
    return NewPrice(
        product_id=products[code],
        amount=_amount(price.get("amount")),
        from_quantity=_amount(price.get("from", 1)),
    )


def _product_words(item: Listed) -> str:
    return f"{item.get('name')} ({item.get('code')}): {item.get('price')}"


def _name_words(item: Listed) -> str:
    return str(item.get("name"))


def _by_key(item: Listed) -> str:
    return _named(item, "key")


def _by_code(item: Listed) -> str:
    return _named(item, "code")


PARTS = (
    PartKind("pipelines", _bring_pipeline, _remove_pipeline, _pipeline_words, _by_key, _full_pipeline, _pipeline_here,
             _change_pipeline),
    PartKind("products", _bring_product, _keep, _product_words, _by_code, _full_product, _product_here,
             _change_product),
    PartKind("price_books", _bring_price_book, _keep, _name_words, _by_key, _full_price_book, _price_book_here,
             _change_price_book),
)  # fmt: skip
