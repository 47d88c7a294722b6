"""
Invoices: what a customer owes, since when, until when, and what was paid of it.

An invoice is drafted of a won deal or of a quote that was accepted, issued (from then on it has a number out of a row
without gaps and never changes), paid in parts or at once, or taken back by a credit note. Sales drafts it; whoever
keeps the books issues it.
"""
