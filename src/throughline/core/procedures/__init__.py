"""
Host of the kernel: how a drawing runs live.

A *procedure* has *versions*; a published version never changes. A *case* is one record travelling through one version.
Everything that happens to a case arrives as a *command* in the inbox; the driver (driver/) claims a batch of commands,
steps the cases in memory with the kernel, performs database actions set-wise, writes all changes set-wise and commits
once. What a case waits for is projected into narrow tables (tokens, work items, timers, message waits) that pages read.

Public modules: ``operations`` (writes), ``queries`` (reads), ``actions`` (the registry), ``worker`` (``drain``).
"""
