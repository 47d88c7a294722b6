"""
Reads across capabilities: event logs, process mining views, predictions.

What needs no database (``logs``, ``prediction``) imports no Django, so that commands on files alone start at once.
"""
