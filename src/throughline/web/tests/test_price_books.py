"""Price books as records: list, page, prices, form, import, export; who may keep them, and where they were before."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from throughline.core.access.operations import save_role
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.journal.models import Entry
from throughline.core.records import registry
from throughline.core.records.importing import import_rows
from throughline.core.records.operations import create_record, delete_records, restore_records, update_record
from throughline.core.records.search import search
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import PriceBook, Product
from throughline.crm.deals.prices import price_of
from throughline.crm.deals.pricing import NewPrice, save_price_book, set_prices
from throughline.web.tests.conftest import SignIn, words_of
from throughline.web.tests.guarded import text_of

pytestmark = pytest.mark.req("D2")


@pytest.fixture
def product(cast: Cast, at: datetime) -> Product:
    """Give a product with a list price of 100 euros."""
    values = {"name": "Pump", "price": "100", "currency": "EUR", "unit": "pc"}
    made: Product = create_record(spec=registry.get("product"), values=values, by=Actor.user(cast.omar), at=at)
    return made


@pytest.fixture
def book(cast: Cast, product: Product, at: datetime) -> PriceBook:
    """Give a price book with one price."""
    prices = [NewPrice(product_id=product.pk, amount=Decimal(90))]
    return save_price_book(name="Partners", currency="EUR", prices=prices, by=Actor.user(cast.omar), at=at)


class TestPages:
    """What people see."""

    def test_a_book_is_made_and_given_prices_with_tiers(self, cast: Cast, product: Product, sign_in: SignIn) -> None:
        client = sign_in(cast.omar)
        made = client.post("/price-books/new/", {"name": "Partners", "currency": "eur", "valid_from": "2026-01-01"})
        book = PriceBook.objects.get()
        assert (made.status_code, book.currency, book.key, book.position) == (302, "EUR", "partners", 1)
        key = str(product.pk)
        tiers = {"product": [key, key, ""], "from_quantity": ["1", "10", ""], "amount": ["95", "90,50", ""]}

        saved = client.post(f"/price-books/{book.pk}/prices/", {**tiers, "version": str(book.version)})

        assert saved.status_code == 302
        page = words_of(client.get(f"/price-books/{book.pk}/"))
        for said in ("Pump", "95.00 EUR", "90.50 EUR", "100.00 EUR", "holds now", "Change prices"):
            assert said in page, said
        again = client.post(f"/price-books/{book.pk}/prices/", {**tiers, "version": "1"})
        assert "Somebody changed this price book meanwhile" in words_of(again)
        twice = client.post(f"/price-books/{book.pk}/prices/", {**tiers, "from_quantity": ["1", "1", ""]})
        assert (twice.status_code, "two prices from 1 on" in words_of(twice)) == (422, True)

    def test_it_stands_in_list_and_search_and_goes_out(
        self, cast: Cast, book: PriceBook, sign_in: SignIn, at: datetime
    ) -> None:
        client = sign_in(cast.maya)

        assert "Partners" in words_of(client.get("/price-books/"))
        assert f"/price-books/{book.pk}/" in client.get("/search/?q=partners").content.decode()
        assert "Partners" in text_of(sign_in(cast.omar).get("/price-books/export/csv/"))

    def test_a_seller_reads_and_changes_nothing(self, cast: Cast, book: PriceBook, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        page = words_of(client.get(f"/price-books/{book.pk}/"))

        assert ("90.00 EUR" in page, "Change prices" in page) == (True, False)
        assert client.get(f"/price-books/{book.pk}/prices/").status_code == 403
        assert client.get("/price-books/new/").status_code == 403
        assert client.post(f"/price-books/{book.pk}/bin/").status_code == 403

    @pytest.mark.req("L1")
    def test_who_may_not_read_prices_is_told_none(
        self, cast: Cast, book: PriceBook, sign_in: SignIn, at: datetime
    ) -> None:
        role = Role.objects.get(key="sales")
        fields = {**role.permissions.get("fields", {}), "product": {"price": "hidden"}}
        permissions = {**role.permissions, "fields": fields}
        save_role(key="sales", name="Sales", permissions=permissions, by=Actor.user(cast.admin), at=at)

        page = words_of(sign_in(cast.maya).get(f"/price-books/{book.pk}/"))

        assert ("do not let you read prices" in page, "90.00" in page) == (True, False)
        assert sign_in(cast.hana).get(f"/price-books/{book.pk}/").status_code == 404

    def test_former_addresses_lead_on(self, cast: Cast, book: PriceBook, sign_in: SignIn) -> None:
        client = sign_in(cast.omar)

        assert client.get("/prices/books/partners/")["Location"] == f"/price-books/{book.pk}/"
        assert client.get("/prices/new/")["Location"] == "/price-books/new/"
        assert client.get("/prices/books/nothing/").status_code == 404
        assert sign_in(cast.hana).get("/prices/books/partners/").status_code == 404


class TestFile:
    """Prices by a file."""

    def test_it_is_taken_away_changed_looked_at_and_kept(
        self, cast: Cast, book: PriceBook, product: Product, sign_in: SignIn
    ) -> None:
        client, path = sign_in(cast.omar), f"/price-books/{book.pk}/prices/file/"
        taken = client.get(path)
        content = taken.content.decode().replace("90.00", "88.00") + ",Pump,10,77.50\r\n"

        looked_at = client.post(path, {"file": SimpleUploadedFile("new.csv", content.encode()), "rest": "keep"})

        assert (looked_at.status_code, book.prices.get().amount) == (200, Decimal(90))
        said = words_of(looked_at)
        assert "Nothing is changed yet" in said
        assert [each["number"] for each in looked_at.context["counts"]] == [1, 1, 0, 0]
        assert ("Pump", "1", "90.00", "88.00") in [tuple(each.values()) for each in looked_at.context["changes"]]
        kept = client.post(path, {"kept": looked_at.context["kept"], "version": looked_at.context["version"]})
        assert kept["Location"] == f"/price-books/{book.pk}/"
        assert list(book.prices.values_list("from_quantity", "amount")) == [
            (Decimal(1), Decimal(88)),
            (Decimal(10), Decimal("77.5")),
        ]
        again = client.post(path, {"kept": looked_at.context["kept"], "version": looked_at.context["version"]})
        assert "Somebody changed this price book meanwhile" in words_of(again)

    def test_what_is_not_in_the_file_goes_when_one_says_so(
        self, cast: Cast, book: PriceBook, sign_in: SignIn, at: datetime
    ) -> None:
        values = {"name": "Hose", "price": "5"}
        create_record(spec=registry.get("product"), values=values, by=Actor.user(cast.omar), at=at)
        client, path = sign_in(cast.omar), f"/price-books/{book.pk}/prices/file/"

        looked_at = client.post(
            path, {"file": SimpleUploadedFile("new.csv", b"Product,Price\nHose,4\n"), "rest": "drop"}
        )

        assert [each["number"] for each in looked_at.context["counts"]] == [1, 0, 1, 0]
        client.post(path, {"kept": looked_at.context["kept"], "version": looked_at.context["version"]})
        assert list(book.prices.values_list("product__name", flat=True)) == ["Hose"]

    def test_a_file_that_cannot_be_read_changes_nothing(self, cast: Cast, book: PriceBook, sign_in: SignIn) -> None:
        client, path = sign_in(cast.omar), f"/price-books/{book.pk}/prices/file/"

        wrong = client.post(path, {"file": SimpleUploadedFile("new.csv", b"Code,Price\nP-7,4\n")})
        none = client.post(path, {})
        spoiled = client.post(path, {"kept": "[[1]]"})

        assert (wrong.status_code, none.status_code, spoiled.status_code) == (422, 422, 422)
        assert "No product has the code" in words_of(wrong)
        assert "Choose a file with prices" in words_of(none)
        assert "Choose the file again" in words_of(spoiled)
        assert book.prices.get().amount == Decimal(90)

    def test_who_may_not_keep_prices_gets_no_file(self, cast: Cast, book: PriceBook, sign_in: SignIn) -> None:
        path = f"/price-books/{book.pk}/prices/file/"

        assert sign_in(cast.maya).get(path).status_code == 403
        assert sign_in(cast.hana).get(path).status_code == 404

    def test_many_prices_go_by_file_alone_and_one_no_longer_sold_stays_in_the_form(
        self, cast: Cast, book: PriceBook, product: Product, sign_in: SignIn, at: datetime
    ) -> None:
        by, path = Actor.user(cast.omar), f"/price-books/{book.pk}/prices/"
        update_record(spec=registry.get("product"), record_id=product.pk, values={"active": False}, by=by, at=at)
        form = sign_in(cast.omar).get(path).content.decode()
        assert f'<option value="{product.pk}" selected>Pump' in form
        tiers = [NewPrice(product_id=product.pk, amount=Decimal(1), from_quantity=Decimal(n)) for n in range(1, 202)]
        set_prices(book_id=book.pk, prices=tiers, by=by, at=at)

        page = sign_in(cast.omar).get(path)

        assert "201 prices, too many for a form" in words_of(page)
        assert 'name="amount"' not in page.content.decode()


class TestKeeping:
    """What holds by every door."""

    def test_no_role_writes_one_without_the_ability(self, cast: Cast, book: PriceBook, at: datetime) -> None:
        role = Role.objects.get(key="sales")
        permissions = {**role.permissions, "records": {"*": {"*": "all"}}}
        save_role(key="sales", name="Sales", permissions=permissions, by=Actor.user(cast.admin), at=at)
        by, spec = Actor.user(cast.maya), registry.get("price_book")

        for attempt in (
            lambda: update_record(spec=spec, record_id=book.pk, values={"currency": "USD"}, by=by, at=at),
            lambda: create_record(spec=spec, values={"name": "Mine"}, by=by, at=at),
            lambda: import_rows(spec=spec, content=b"id,name\n1,Mine\n", by=by, at=at),
            lambda: set_prices(book_id=book.pk, prices=(), by=by, at=at),
            lambda: delete_records(spec=spec, ids=[book.pk], by=by, at=at),
        ):
            with pytest.raises(NotAllowed, match="do not let you keep prices"):
                attempt()

        book.refresh_from_db()
        assert (book.currency, book.deleted_at, PriceBook.objects.count()) == ("EUR", None, 1)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"currency": "E1"}, '"E1" is no currency'),
            ({"valid_from": "2026-02-01", "valid_until": "2026-01-01"}, "cannot end before it begins"),
        ],
    )
    def test_what_is_no_book_is_refused(
        self, cast: Cast, book: PriceBook, at: datetime, values: dict[str, str], said: str
    ) -> None:
        with pytest.raises(Refusal, match=said):
            update_record(
                spec=registry.get("price_book"), record_id=book.pk, values=values, by=Actor.user(cast.omar), at=at
            )

    def test_they_are_imported(self, cast: Cast, book: PriceBook, at: datetime) -> None:
        content = b"id,name,currency,valid_from\n1,Partners,usd,2026-01-01\n2,Friends,,\n3,Friends,,\n"

        import_rows(spec=registry.get("price_book"), content=content, by=Actor.user(cast.omar), at=at)

        rows = PriceBook.objects.order_by("position").values_list("key", "currency", "position")
        assert [row[1:] for row in rows] == [("EUR", 1), ("USD", 2), ("EUR", 3), ("EUR", 4)]
        assert len({row[0] for row in rows}) == 4
        assert Entry.objects.filter(event="price_book.added").count() == 3
        assert len(search(user=cast.maya, text="friends")) == 2

    def test_in_the_bin_it_gives_no_price_and_back_again_it_does(
        self, cast: Cast, book: PriceBook, product: Product, at: datetime
    ) -> None:
        by, spec = Actor.user(cast.omar), registry.get("price_book")

        def price() -> Decimal | None:
            found = price_of(product=product, quantity=Decimal(1), currency="EUR", on=at.date())
            return found.amount if found else None

        assert price() == Decimal(90)
        delete_records(spec=spec, ids=[book.pk], by=by, at=at)
        assert price() == Decimal(100)
        restore_records(spec=spec, ids=[book.pk], by=by, at=at)
        assert price() == Decimal(90)

    def test_prices_are_told_to_the_history(self, cast: Cast, book: PriceBook, at: datetime) -> None:
        told = Entry.objects.filter(record_type="price_book", record_id=book.pk).order_by("id")

        assert list(told.values_list("event", flat=True)) == ["record.created", "prices.saved"]
