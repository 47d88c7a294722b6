"""
Contracts: what was agreed, from when until when, on paper; and subscriptions, what is paid again and again.

A contract is drafted, its file attached, sent (never without the file), signed, renewed before its notice runs out, and
ended. Sales owns it until it is signed, then whoever looks after the customer.
"""
