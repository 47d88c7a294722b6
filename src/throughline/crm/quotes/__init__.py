"""
Quotes: what is offered to a customer, in writing, until when; and what the customer answers.

A quote is drafted (out of a deal's lines), looked over by a colleague where that is wanted, sent as a link to a page
where anybody who has it can read, accept or reject it, and so ends, or expires. What was sent never changes: a revision
takes its place. Sales owns it. Later steps (contracts, invoices) begin with what was accepted.
"""
