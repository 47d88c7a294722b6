"""
Subscriptions: programs that are told what happens, by signed calls to an address of theirs.

A person subscribes an address to events; it is told what that person may know, in the journal's order, each at least
once and identifiable when repeated. A subscription is a cursor in the journal that moves on when a call was taken.
"""
