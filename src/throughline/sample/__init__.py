"""
The sample company: people to sign in as, customers to look at, and a history that really happened.

Nothing of the history is written down by hand. ``making`` founds the company, installs the shipped procedure, and lets
a year and a half pass on a virtual clock: leads come in, the worker drains, people do their work items well or badly,
deals are won. Every number on every page is therefore computed from what the procedures did. That takes long, so it is
made once and comes with the product as one file (``kept``), which is loaded, and removed again, by ``company``.
"""
