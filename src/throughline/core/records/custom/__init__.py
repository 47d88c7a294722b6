"""
Custom: fields, rules and record types that people define themselves, without a developer.

Definitions are rows (``models``). ``live`` keeps them as one immutable value per version in each process; every record
type reads its shape through it, so custom fields appear in ``spec.fields``, ``by_name``, sections, filters and all that
follows from them. Values lie in the JSON column ``custom`` (``records.stored``). ``operations`` defines, renames,
retires and restores; ``rules`` asks the validation rules at every write; ``computed`` keeps formulas and roll-ups true;
``types`` makes the tables of custom record types; ``upkeep`` is what a worker does behind (indexes, recomputing).
"""
