"""Price lists: what files may look like, what each refusal says, and that a file that was written is read as it was."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal

import pytest
import xlsxwriter

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.imports.faults import FileRefused
from throughline.core.records.operations import create_record, delete_records, update_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import PriceBook, Product
from throughline.crm.deals.price_lists import as_csv, listed_prices, put_over, read_price_list
from throughline.crm.deals.pricing import NewPrice, save_price_book, set_prices

pytestmark = pytest.mark.req("D2")


@pytest.fixture
def products(cast: Cast, at: datetime) -> tuple[Product, Product]:
    """Give a pump with a code, and a hose without one."""
    by, spec = Actor.user(cast.omar), registry.get("product")
    pump = create_record(spec=spec, values={"name": "Pump", "code": "P-1", "price": "100"}, by=by, at=at)
    hose = create_record(spec=spec, values={"name": "=Hose, blue", "price": "5"}, by=by, at=at)
    return pump, hose


@pytest.fixture
def book(cast: Cast, products: tuple[Product, Product], at: datetime) -> PriceBook:
    """Give a book with two prices of the pump and one of the hose."""
    pump, hose = products
    prices = [
        NewPrice(product_id=pump.pk, amount=Decimal(90)),
        NewPrice(product_id=pump.pk, amount=Decimal("80.50"), from_quantity=Decimal(10)),
        NewPrice(product_id=hose.pk, amount=Decimal("4.20"), from_quantity=Decimal("0.5")),
    ]
    return save_price_book(name="Partners", currency="EUR", prices=prices, by=Actor.user(cast.omar), at=at)


def told(prices: list[NewPrice]) -> list[tuple[int, str, str]]:
    return [(each.product_id, f"{each.from_quantity.normalize():f}", f"{each.amount:f}") for each in prices]


class TestReading:
    """What is understood."""

    def test_a_file_that_was_written_is_read_as_it_was(self, cast: Cast, book: PriceBook) -> None:
        prices = list(listed_prices(book, cast.omar))

        read = read_price_list(as_csv(prices).encode(), "prices.csv", user=cast.omar)

        assert [(each.product_id, each.from_quantity, each.amount) for each in read] == [
            (each.product_id, each.from_quantity, each.amount) for each in prices
        ]
        assert "'=Hose" in as_csv(prices)  # no spreadsheet takes it for a formula

    @pytest.mark.parametrize(
        ("content", "amount"),
        [
            ("SKU,Unit price\np-1,1250.5\n", "1250.50"),
            ("Product;Price\nPUMP;1.250,50\n", "1250.50"),
            ("Code;Price\nP-1;12,5\n", "12.50"),
            ('Code,Price\nP-1,"1,250.00"\n', "1250.00"),
            ("Code,Price\nP-1,1 250.00\n", "1250.00"),
            ('Code,Price\nP-1,"1,250,000"\n', "1250000.00"),
        ],
    )
    def test_columns_and_numbers_are_read_as_people_write_them(
        self, cast: Cast, products: tuple[Product, Product], content: str, amount: str
    ) -> None:
        assert told(read_price_list(content.encode(), "", user=cast.omar)) == [(products[0].pk, "1", amount)]

    def test_a_workbook_is_read(self, cast: Cast, products: tuple[Product, Product]) -> None:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
            sheet = workbook.add_worksheet()
            for row, cells in enumerate([("Product", "From quantity", "Price"), ("Pump", 10, 12.5)]):
                sheet.write_row(row, 0, cells)

        read = read_price_list(out.getvalue(), "prices.xlsx", user=cast.omar)

        assert told(read) == [(products[0].pk, "10", "12.50")]

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            ("Code\nP-1\n", 'Expected columns "Code" or "Product" and "Price", but found Code.'),
            ("Code,Price\n", "names columns but no prices"),
            ("Code,Price\nP-9,1\n", 'Line 2: No product has the code "P-9".'),
            ("Product,Price\nTap,1\n", 'Line 2: No product is called "Tap".'),
            ("Code,Price\nP-1,\n", "Line 2: There is no price."),
            ("Code,Price\nP-1,-1\n", "Line 2: A price is 0 or above"),
            ("Code,From,Price\nP-1,0,1\n", "a quantity above 0"),
            ("Code,Price\nP-1,dear\n", 'takes a number such as 1250.50, not "dear"'),
            ("Code,Price\nP-1,1\nP-1,2\n", "Line 3: This product has a price from 1 on already."),
            ('Code,Price\nP-1,"1,250"\n', "may be thousands or decimals"),
            ('Code,From,Price\nP-1,1,1.5\nP-1,2,"2,5"\n', "Line 3, column Price: Decimals stand behind a point"),
        ],
    )
    def test_what_cannot_be_read_is_named(
        self, cast: Cast, products: tuple[Product, Product], content: str, sentence: str
    ) -> None:
        with pytest.raises(FileRefused) as refused:
            read_price_list(content.encode(), "", user=cast.omar)

        assert sentence in refused.value.message

    def test_a_name_of_two_products_asks_for_the_code(
        self, cast: Cast, products: tuple[Product, Product], at: datetime
    ) -> None:
        create_record(spec=registry.get("product"), values={"name": "pump"}, by=Actor.user(cast.omar), at=at)

        with pytest.raises(FileRefused, match="2 products are called"):
            read_price_list(b"Product,Price\nPump,1\n", "", user=cast.omar)


class TestKeeping:
    """What a list leaves alone."""

    def test_a_list_of_changes_leaves_the_rest(
        self, cast: Cast, book: PriceBook, products: tuple[Product, Product]
    ) -> None:
        pump, hose = products

        together = put_over(book, [NewPrice(product_id=pump.pk, amount=Decimal(1))], user=cast.omar)

        assert sorted(told(together)) == sorted(
            [(pump.pk, "1", "1"), (pump.pk, "10", "80.50"), (hose.pk, "0.5", "4.20")]
        )

    def test_prices_of_products_in_the_bin_or_no_longer_sold_stay(
        self, cast: Cast, book: PriceBook, products: tuple[Product, Product], at: datetime
    ) -> None:
        pump, hose = products
        by, spec = Actor.user(cast.omar), registry.get("product")
        update_record(spec=spec, record_id=pump.pk, values={"active": False}, by=by, at=at)
        delete_records(spec=spec, ids=[hose.pk], by=by, at=at)
        shown = list(listed_prices(book, cast.omar))

        set_prices(book_id=book.pk, prices=[NewPrice(product_id=pump.pk, amount=Decimal(7))], by=by, at=at)

        assert [price.product_id for price in shown] == [pump.pk, pump.pk]
        assert sorted(book.prices.values_list("product_id", "amount")) == sorted(
            [(pump.pk, Decimal(7)), (hose.pk, Decimal("4.20"))]
        )
