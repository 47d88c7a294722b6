"""
Web hooks: a step calls an address over HTTP (action ``hook.call``).

Charts name *targets*, never addresses: an administrator has allowed each with its address and shares a secret with its
owner. Calls are signed the way standardwebhooks.com says and carry the case's key, so the other side can tell a repeat.
A target leads to public addresses only, unless the administrator has said that it lies inside (rules.py).
"""
