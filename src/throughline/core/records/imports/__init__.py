"""
Importing a file step by step: staged, understood, tried, carried out in batches, and taken back.

Theory of operation. The file's lines are copied into a staging table as they are. Columns, days and values are guessed
(``guessing``), shown, and corrected by a person; a trial carries out the first lines and takes them back. The import
itself goes through the lines by a cursor, a batch per transaction (``running``): the lines of a batch, what they made
and the cursor are committed together, so a killed worker goes on where it stopped and no line counts twice. All or
nothing holds for a line, not for the file: a line that cannot be imported is put aside with its reason and can be
fetched as a file, the others are in. What was made and what was changed, with the values before, is kept, so the
whole can be taken back as one action later (``undoing``). ``importing.import_rows``, which ``throughline import TYPE``
uses, is the other promise: one transaction, all lines or none.
"""
