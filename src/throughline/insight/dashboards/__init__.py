"""
Dashboards: figures side by side, built by people, shared with a team or everybody.

A dashboard holds what is asked, never answers: each viewer sees its tiles counted with their own rights. ``shipped``
has two that are always there; whoever wants another begins with a copy.
"""
