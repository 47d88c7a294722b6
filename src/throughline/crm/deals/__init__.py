"""
Deals: what may be sold to whom, for how much, until when; and the products that are sold.

A deal stands in one stage of one pipeline. It is opened (by hand, by import, from a lead that is worth pursuing), moved
from stage to stage through gates, and ends in a stage that means won or lost; it may be opened again. Sales owns it.
A deal knows its lead, so that the history is one line from the first enquiry on.
"""
