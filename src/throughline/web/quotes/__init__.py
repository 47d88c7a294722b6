"""Pages of quotes, contracts and invoices, and the public page of a quote."""
