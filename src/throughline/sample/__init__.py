"""
The sample company: people to sign in as, customers to look at, and a history that really happened.

Nothing of the history is written down. ``load`` founds the company, installs the shipped procedures, and then lets some
weeks pass on a virtual clock: leads come in, the worker drains, people do their work items well or badly, deals are
won. Every number on every page is therefore computed from what the procedures did.
"""

from throughline.sample.load import load

__all__ = ["load"]
