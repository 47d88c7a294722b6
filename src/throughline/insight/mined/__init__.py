"""
What really happened in a procedure, out of the event log of the engine.

``drawing``: counts and times per node and arrow, one statement over pre-linked rows. ``case_log``: the cases as an
:class:`EventLog`, for everything that mining asks of a log. ``departures``: where cases left the chart they ran on.
Everything is narrowed to the records that the asker may see.
"""

from throughline.insight.mined.case_log import case_log
from throughline.insight.mined.departures import departures
from throughline.insight.mined.drawing import ArrowUse, NodeTime, Used, used

__all__ = ["ArrowUse", "NodeTime", "Used", "case_log", "departures", "used"]
