"""
Cases whose record lies in the bin: they rest, and go on when it comes back.

``operations`` puts to rest and wakes, ``queries`` tells which cases rest; the driver leaves what they rest parked
(ADR 0055). Records are put into the bin from many doors, so the journal says when (``procedures.triggers``).
"""
