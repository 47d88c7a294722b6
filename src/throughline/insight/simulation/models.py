"""Experiments."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from throughline.core.procedures.models import Procedure, ProcedureVersion
from throughline.insight.errands.models import Errand, ended_when_closed, one_open, open_ones, result_when_done


class Experiment(Errand):
    """
    One scenario for one version.

    ``drawing`` and ``decisions`` (DMN files by ``ref``) are what was simulated: a draft changes, a result does not.
    ``scenario`` is the document as ``throughline simulate`` reads it; ``result`` has ``report`` (its output),
    ``values`` (figures by replication, for comparing) and ``series`` (figures over time).
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="experiments")
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="+", db_index=False)
    name = models.TextField()
    drawing = models.BinaryField()
    decisions = models.JSONField(default=dict)
    scenario = models.JSONField()
    result: models.JSONField[Any, Any] = models.JSONField(null=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            ended_when_closed("simulation_experiment_ended"),
            result_when_done("simulation_experiment_result"),
        ]
        indexes = [
            open_ones("simulation_experiment_open"),
        ]

    def __str__(self) -> str:
        return self.name


class DryRun(Errand):
    """
    The last ``limit`` cases that ended and that who asked may see, tried in a version.

    ``drawing`` and ``decisions`` are what was tried: a draft changes, a result does not. ``result``: ``cases``, each
    with its ``case``, ``record`` (type and key) and both ways (:class:`~throughline.flow.simulate.dry_run.Compared`),
    and ``left_out``, the cases that could not be tried, with why. It is for who asked, and shown as far as that person
    still sees the cases.
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="+", db_index=False)
    limit = models.IntegerField()
    drawing = models.BinaryField()
    decisions = models.JSONField(default=dict)
    result: models.JSONField[Any, Any] = models.JSONField(null=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            ended_when_closed("simulation_dry_run_ended"),
            result_when_done("simulation_dry_run_result"),
            one_open("procedure", "requested_by", name="simulation_dry_run_one_at_a_time"),
        ]
        indexes = [
            open_ones("simulation_dry_run_open"),
        ]

    def __str__(self) -> str:
        return f"The last {self.limit} cases in version {self.version}"


class Forecast(models.Model):
    """
    What an experiment says of a span of time that lies ahead: kept, and compared with what happened when it is over.

    ``since`` belongs to the span, ``until`` does not. ``expected``: ``outcomes`` (end event → share of the cases that
    end) and ``cycle_seconds`` (mean). ``compared_at``: when the span was over and who kept it was told.
    """

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="forecasts")
    since = models.DateTimeField()
    until = models.DateTimeField()
    expected: models.JSONField[Any, Any] = models.JSONField()
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    kept_by_label = models.TextField()
    compared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-until", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(since__lt=models.F("until")), name="simulation_forecast_span")
        ]
        indexes = [
            models.Index(fields=["until"], condition=Q(compared_at__isnull=True), name="simulation_forecast_open")
        ]

    def __str__(self) -> str:
        return f"{self.experiment} until {self.until:%Y-%m-%d}"
