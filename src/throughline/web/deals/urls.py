"""Addresses of the pages of deals, pipelines and prices; they stand before those of any record."""

from __future__ import annotations

from django.urls import path

from throughline.web.deals import board, pipelines, prices, views

urlpatterns = [
    path("deals/board/", board.show, name="deal_board"),
    path("deals/<int:deal_id>/stage/", views.change_stage, name="deal_stage"),
    path("deals/<int:deal_id>/card/", board.move, name="deal_card"),
    path("deals/<int:deal_id>/lines/", views.edit_lines, name="deal_lines"),
    path("deals/<int:deal_id>/people/", views.edit_people, name="deal_people"),
    path("deals/<int:deal_id>/papers/<slug:kind>/", views.draft_paper, name="deal_paper"),
    path("approvals/", views.show_approvals, name="approvals"),
    path("approvals/<int:approval_id>/", views.decide, name="approval"),
    path("pipelines/", pipelines.show_all, name="pipelines"),
    path("pipelines/new/", pipelines.edit, name="pipeline_new"),
    path("pipelines/<slug:key>/", pipelines.edit, name="pipeline"),
    path("pipelines/<slug:key>/retirement/", pipelines.retire, name="pipeline_retirement"),
    path("prices/", prices.show_all, name="prices"),
    path("prices/new/", prices.former_book),
    path("prices/books/<slug:key>/", prices.former_book),
    path("price-books/<int:book_id>/prices/", prices.edit_prices, name="price_book_prices"),
    path("price-books/<int:book_id>/prices/file/", prices.price_file, name="price_book_file"),
    path("prices/taxes/", prices.add_tax, name="tax_rates"),
    path("prices/rates/", prices.add_rate, name="exchange_rates"),
]
