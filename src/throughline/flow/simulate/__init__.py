"""
Drivers in virtual time: the small closed world of scenarios, and statistical simulation.

``world`` answers one scenario (``throughline run``). Everything else is statistical simulation: many cases of a chart,
with people, calendars and chance.

    definitions, scenario = bpmn.read(xml), read_scenario(document)
    setting = set_up(definitions, scenario)          # joined with the chart; what had to be assumed
    result = simulate(setting)                       # replications
    document(result)                                 # the report

``reading`` → ``scenario`` → ``setting`` → ``experiment`` (``floor`` per replication, cases carried on by ``moves``,
chance from ``chance`` and ``distributions``, calendars by ``shifts``) → ``measure`` → ``report``, ``log``.
"""

from throughline.flow.simulate.experiment import Cancelled, Result, simulate
from throughline.flow.simulate.floor import Endless
from throughline.flow.simulate.reading import BadScenario, read_scenario
from throughline.flow.simulate.report import document
from throughline.flow.simulate.scenario import Scenario
from throughline.flow.simulate.setting import Setting, set_up

__all__ = [
    "BadScenario",
    "Cancelled",
    "Endless",
    "Result",
    "Scenario",
    "Setting",
    "document",
    "read_scenario",
    "set_up",
    "simulate",
]
