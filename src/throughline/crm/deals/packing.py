"""What packs can bring of deals: pipelines, products, price books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from throughline.core.actor import Actor
from throughline.core.library.parts import Brought, Listed, PartKind, Wish
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.refusals import Refusal
from throughline.crm.deals.models import Deal, Pipeline, PriceBook, Product
from throughline.crm.deals.operations import StagePlan, retire_pipeline, save_pipeline
from throughline.crm.deals.pricing import NewPrice, save_price_book

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


def _keep(_key: str, _by: Actor, _at: datetime) -> bool:
    return False


def _bring_price_book(wish: Wish) -> Brought:
    key = _named(wish.item, "key")
    if PriceBook.objects.filter(key=key).exists():
        return Brought(key, was_there=True)
    products = dict(Product.objects.filter(deleted_at=None).values_list("code", "pk"))
    prices = [_price(price, products) for price in wish.item.get("prices") or ()]
    save_price_book(
        key=key, name=_named(wish.item, "name"), currency=wish.currency, prices=prices, by=wish.by, at=wish.at
    )
    return Brought(key)


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


PARTS = (
    PartKind("pipelines", _bring_pipeline, _remove_pipeline, _pipeline_words),
    PartKind("products", _bring_product, _keep, _product_words),
    PartKind("price_books", _bring_price_book, _keep, _name_words),
)
