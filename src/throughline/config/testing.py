"""
Settings for tests and type checks: the real ones, with an environment that needs no preparation.

Without DATABASE_URL the first test that asks for a database starts an embedded PostgreSQL (conftest.py).
"""

from __future__ import annotations

import os

NO_DATABASE_YET = "postgres://nobody@127.0.0.1:1/throughline"  # replaced by conftest.py before anybody connects

os.environ.setdefault("DATABASE_URL", NO_DATABASE_YET)
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 40)

from throughline.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # signing in is not what most tests wait for
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ACCOUNT_RATE_LIMITS = False
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405  # a thread of a test that keeps one would keep the database
