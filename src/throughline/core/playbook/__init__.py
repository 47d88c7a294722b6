"""
The playbook: a procedure told to those who work by it, made only from its chart, and who has read which version.

What is said comes from ``flow.charts.guide``; kept is only who read what: with a reading go the digests of its parts,
so that after a change a person is shown what is new to them, and nothing else has to be read again.
"""
