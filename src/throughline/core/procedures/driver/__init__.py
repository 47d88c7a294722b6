"""
The live driver: drains the inbox, steps cases with the kernel, writes everything set-wise.

One batch is one transaction (batch.py)::

    claim     commands of different cases, oldest first, SKIP LOCKED       claim.py
    load      the cases, their states, their tokens; facts of records      load.py
    step      each case in memory until nothing moves                      case_run.py
    perform   what was asked of the database, grouped by action, and
              its results fed back until every case rests                  perform.py
    write     states, projections, logs, work items, wishes                project.py, log.py, write.py
    dispatch  what they asked of other cases                               dispatch.py
    commit    once

Per-case order: a worker takes a command only if it holds all earlier ones of that case. Whatever raises undoes the
batch, which is then halved until the case is found that fails alone; that one is held with an incident, the others
commit.
"""
