"""What can be wrong with the surroundings, said to the person who can mend it."""

from __future__ import annotations


class Fault(Exception):
    """
    Something outside the program prevents it from running.

    The message is one or two plain sentences for the person at the keyboard: what is the matter and what to do next.
    The command line prints it without a traceback and exits with status 2.
    """
