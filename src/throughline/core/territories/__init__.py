"""
Territories: parts of the market, as records, each with the rule that access holds.

A territory has a name, somebody who answers for it, and may lie in a larger one. What it opens is a rule of ``access``
(which records of a type belong, who works on them, whether they may change them), which access reads for itself at
every request. This package keeps the two together: the rule carries the territory's name, and it opens nothing while
the territory is out of use or in the bin. A territory without a rule only holds smaller ones, or waits for one. Who may
say what roles see keeps territories; all staff read them.
"""
