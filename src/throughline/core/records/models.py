"""What every record has (``Record``), and the tables shared by all types: the search table and saved views."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

ALIVE = Q(deleted_at=None)
BINNED = Q(deleted_at__isnull=False)


class Record(models.Model):
    """
    The ground of every record type.

    ``version`` counts changes and guards against two people writing over each other. ``sandbox`` marks what only tries
    a draft: every query leaves it out unless asked. ``external_id`` is the key in the system the record came from.
    ``created_by`` and ``updated_by`` are labels of actors, ``custom`` holds the values of custom fields by key.
    """

    number_prefix: ClassVar[str] = ""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    team = models.ForeignKey("identity.Team", models.PROTECT, null=True, blank=True, related_name="+")
    tags = ArrayField(models.TextField(), default=list, blank=True)
    source = models.CharField(max_length=64, blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=200, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.CharField(max_length=200, blank=True)
    last_activity_at = models.DateTimeField(null=True, blank=True)
    next_activity_at = models.DateTimeField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    version = models.IntegerField(default=1)
    sandbox = models.BooleanField(default=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="%(class)s_external_id", condition=~Q(external_id="")),
        ]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="%(class)s_newest", condition=ALIVE),
            models.Index("owner", F("created_at").desc(), F("id").desc(), name="%(class)s_owner", condition=ALIVE),
            models.Index("team", F("created_at").desc(), F("id").desc(), name="%(class)s_team", condition=ALIVE),
            GinIndex(fields=["tags"], name="%(class)s_tags"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people name the record when they speak of it: ``L-1042``."""
        return f"{self.number_prefix}-{self.pk}"


class KeptSum(models.Model):
    """
    What records of a type add up to, by owner, team and the type's own ``KEYS``; those in the bin or of the sandbox
    are left out.

    Triggers on the table of the records add rows for every statement that writes it, in its transaction, with negative
    numbers for what is no longer so: the sum is what counting the records gives, at any instant, by whatever way they
    are written, and nobody waits for a row that somebody else counts in. A chore of the worker (kept_sums.py) adds the
    many small rows up into one per key, which is ``is_merged``.

    A field that is summed has two columns: ``amount`` and ``amount_filled``, the number of records where it is filled.
    A type whose money is exchanged at the rates of a day (``RecordSpec.money_day``) has ``currency`` and ``on_day``
    among its keys. What counts at the rates of a day of its own stands twice: with the day and, in the sum of all,
    without. So who needs no rates reads few rows.
    """

    KEYS: ClassVar[tuple[str, ...]] = ()
    OF: ClassVar[tuple[str, ...]] = ()

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    number = models.BigIntegerField()
    is_merged = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.number} of {', '.join(str(getattr(self, key)) for key in self.key_columns())}"

    @classmethod
    def key_columns(cls) -> tuple[str, ...]:
        """Return the columns that tell rows apart."""
        return (*cls.KEYS, "owner_id", "team_id")

    @classmethod
    def sum_columns(cls) -> tuple[str, ...]:
        """Return the columns that are added up."""
        return ("number", *(column for name in cls.OF for column in (name, f"{name}_filled")))


class SearchRow(models.Model):
    """
    What search knows of one record: slim, written in the transaction of the record, with what access needs to decide.

    ``text`` is what is searched: the searched fields in lower case without accents; ``title`` and ``subtitle`` are
    shown.
    """

    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    title = models.TextField()
    subtitle = models.TextField(blank=True)
    text = models.TextField()
    touched_at = models.DateTimeField()

    class Meta:
        db_table = "records_search"
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="records_search_record")]
        indexes = [
            GinIndex(
                fields=["team_id", "owner_id", "text"],
                opclasses=["int8_ops", "int8_ops", "gin_trgm_ops"],
                name="records_search_words",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SearchWord(models.Model):
    """A word of letters that stands in some text of search, for slips of the keyboard (see ``vocabulary``)."""

    word = models.TextField()

    class Meta:
        db_table = "records_search_word"
        indexes = [
            models.Index(fields=["word"], name="records_search_word_is"),
            GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="records_search_word_alike"),
        ]

    def __str__(self) -> str:
        return self.word


class SearchDue(models.Model):
    """Records that search does not know yet, written in the transaction that made them (``search.fed_behind``)."""

    record_type = models.CharField(max_length=32)
    ids = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "records_search_due"

    def __str__(self) -> str:
        return f"{len(self.ids)} of {self.record_type}"


class SavedView(models.Model):
    """
    A named way to look at one record type: filter, sorting, columns, groups, as list, board, calendar or timeline.

    Belongs to a person; ``team`` shares it with a team and those above, ``shared`` with everybody. ``dates`` are the
    fields that place records in time: one for a calendar, the first and the last for a timeline.
    """

    record_type = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    team = models.ForeignKey("identity.Team", models.CASCADE, null=True, blank=True, related_name="+")
    shared = models.BooleanField(default=False)
    layout = models.CharField(max_length=16, default="list")
    filter = models.JSONField(default=dict)
    sort = models.CharField(max_length=64, blank=True)
    columns = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    group = models.CharField(max_length=64, blank=True)
    dates = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "record_type", "name"], name="records_view_name"),
        ]

    def __str__(self) -> str:
        return self.name


class FirstView(models.Model):
    """The view with which a person's list of a record type opens."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    record_type = models.CharField(max_length=32)
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "record_type"], name="records_first_view")]

    def __str__(self) -> str:
        return f"{self.record_type}: {self.view_id}"


class BulkRun(models.Model):
    """
    One change of many records, asked for by a person and carried out in batches; undone by another run.

    ``wish`` is what is to be changed (``bulk_edit.Wish``), ``ids`` the records as they were chosen, in key order.
    ``reached`` counts how many of them have been looked at: ``changed``, ``same`` already, or ``refused``. A worker
    holds a run until ``claimed_until``.
    """

    class Status(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    record_type = models.CharField(max_length=32)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    wish = models.JSONField(default=dict)
    ids = ArrayField(models.BigIntegerField(), default=list)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.WAITING)
    reached = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    cause = models.BigIntegerField(null=True)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "records_bulk_run"
        indexes = [
            models.Index("requested_at", name="records_bulk_open", condition=Q(status__in=["waiting", "running"])),
            models.Index("user", F("requested_at").desc(), name="records_bulk_user"),
        ]

    def __str__(self) -> str:
        return f"{self.record_type}: {self.status}"


class BulkLine(models.Model):
    """
    What a run did with one record: which fields it changed from what to what, or why it left the record alone.

    Values are as the journal keeps them. Records that were so already have no line.
    """

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="lines")
    record_id = models.BigIntegerField()
    changed = models.BooleanField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    sentence = models.TextField(blank=True)

    class Meta:
        db_table = "records_bulk_line"
        constraints = [models.UniqueConstraint(fields=["run", "record_id"], name="records_bulk_line_record")]

    def __str__(self) -> str:
        return f"{self.record_id}: {self.sentence}"
