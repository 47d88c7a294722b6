"""
Talking about a procedure where it is drawn: remarks on steps and arrows, suggestions that become draft changes, rounds
of feedback with a deadline, links for outsiders that expire, and what was decided.

Whoever works here sees and says; applying a suggestion, deciding, asking a round and sharing a link is for those who
may draw. An outsider has nothing but a link: its secret is kept as a digest only.
"""
