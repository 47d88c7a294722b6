"""The Django application of crm.deals."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    """Tables of crm.deals."""

    name = "throughline.crm.deals"
    label = "deals"

    def ready(self) -> None:
        """Let prices be read behind the second wall, of the books and products that it shows."""
        from throughline.core.records.walls import Opening, let_read

        condition = (
            "EXISTS (SELECT FROM deals_pricebook b WHERE b.id = book_id) "
            "AND EXISTS (SELECT FROM deals_product p WHERE p.id = product_id)"
        )
        let_read(Opening("deals_price", condition=condition))
