"""Addresses of the pages of quotes, contracts and invoices; they stand before those of any record."""

from __future__ import annotations

from django.urls import path

from throughline.crm.quotes.links import PLACE
from throughline.web.quotes import public, views

urlpatterns = [
    path(f"{PLACE}<str:token>/", public.show, name="public_quote"),
    path(f"{PLACE}<str:token>/document.pdf", public.document, name="public_quote_pdf"),
    path("quotes/<int:record_id>/lines/", views.quote_lines, name="quote_lines"),
    path("quotes/<int:record_id>/document.pdf", views.quote_pdf, name="quote_pdf"),
    path("quotes/<int:record_id>/deed/", views.do_quote, name="quote_deed"),
    path("contracts/<int:record_id>/deed/", views.do_contract, name="contract_deed"),
    path("invoices/<int:record_id>/lines/", views.invoice_lines, name="invoice_lines"),
    path("invoices/<int:record_id>/document.pdf", views.invoice_pdf, name="invoice_pdf"),
    path("invoices/<int:record_id>/deed/", views.do_invoice, name="invoice_deed"),
]
