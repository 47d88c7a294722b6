"""
Mining of event logs: what happened, told by a log, and laid beside what a chart says should.

Theory of operation. A ``log.EventLog`` is a set of arrays sorted by case, time and place in the file; everything else
is a pure function over it. ``flows`` and ``variants`` say which steps follow which and how long that takes, ``filters``
choose cases by what they did, ``statistics``, ``batching``, ``value_stream`` and ``dotted`` measure. ``conformance``
aligns a log with a chart, ``replay`` a running procedure with its own version, and ``discover`` makes a chart of a log.
Reading files is the caller's (``insight/logs``).
"""
