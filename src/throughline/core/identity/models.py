"""Tables of identity: people who sign in, the teams they work in, the roles they play, and when work is done."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Makes users who sign in by e-mail address. Capabilities use ``operations.create_user``, which journals."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a user; without a password nobody can sign in until one is set."""
        user = self.model(email=self.normalize_email(email).strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a user by address, whatever the capitals."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """
    A person of the company who signs in by e-mail address. Never deleted: a leaver is made inactive.

    ``competences`` are what the person knows (``analytics``, ``french``), in small letters; ``capacity`` is the share
    of a full load that routing gives them, in percent: half a week is 50, 0 takes nothing new.
    """

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    initials = models.CharField(max_length=4, blank=True)
    locale = models.CharField(max_length=16, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(null=True)
    away_from = models.DateTimeField(null=True, blank=True)
    away_until = models.DateTimeField(null=True, blank=True)
    substitute = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    competences = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(default=100)
    teams: models.ManyToManyField[Team, TeamMembership] = models.ManyToManyField(
        "Team", through="TeamMembership", related_name="members"
    )
    roles: models.ManyToManyField[Role, RoleMembership] = models.ManyToManyField(
        "Role", through="RoleMembership", related_name="people"
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="identity_user_email_lower")
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Return the name, as Django's and allauth's parts call it."""
        return self.name

    def get_short_name(self) -> str:
        """Return the first word of the name."""
        return self.name.split(" ", 1)[0]


class Team(models.Model):
    """
    People who work together. Teams form a tree: who may see a team's records may see those of the teams below.

    A retired one (``retired_at``) is there for the past only; ``moved`` says what went where (``core.handover.teams``).
    """

    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    manager = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="managed_teams")
    retired_at = models.DateTimeField(null=True, blank=True)
    moved: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class TeamMembership(models.Model):
    """A person in a team. The first one joined is the home team: what a person makes belongs to it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="team_memberships")
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="identity_membership")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Role(models.Model):
    """
    What somebody does in the company: the lane of a chart and the bounds of what the person may see and do.

    ``key`` is the lane's role; ``permissions`` is read by core/access (``access.permissions.Permissions``).
    ``shipped_permissions`` are those that came with the version this role was last brought up to; empty when that was
    not kept, as with roles of one's own.
    """

    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    permissions = models.JSONField(default=dict)
    shipped = models.BooleanField(default=False)
    shipped_permissions = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class RoleMembership(models.Model):
    """A person in a role."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_memberships")
    role = models.ForeignKey(Role, models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="identity_role_membership")]

    def __str__(self) -> str:
        return f"{self.user} as {self.role}"


class BusinessCalendar(models.Model):
    """
    When work is done: a zone, hours of the week, days off.

    ``hours``: weekday (``mon`` … ``sun``) to a list of [from, until] in local ``HH:MM``, ``24:00`` being midnight at
    the day's end; ``holidays``: days in ISO form. The calendar with key ``default`` is used where a chart names none.
    """

    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    zone = models.CharField(max_length=64)
    hours = models.JSONField(default=dict)
    holidays = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """
    A key with which a program acts for a person, never further than the person may and than its scopes reach.

    ``prefix`` begins the key and is shown; of the rest only ``digest`` (SHA-256) is kept. ``scopes`` are
    ``read:*``, ``write:lead`` and the like (``keys.Scopes``). ``allowance`` is what is left of ``per_minute`` requests,
    refilled since ``allowance_at``.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.TextField(), default=list)
    per_minute = models.IntegerField(default=600)
    allowance = models.FloatField(default=0)
    allowance_at = models.DateTimeField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"


class KeptAnswer(models.Model):
    """What a program was answered to a request that it may send again with the same ``idempotency`` key."""

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    idempotency = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    status = models.SmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "idempotency"], name="identity_kept_answer")]
        indexes = [models.Index(fields=["key", "at"], name="identity_kept_answer_age")]

    def __str__(self) -> str:
        return self.idempotency
