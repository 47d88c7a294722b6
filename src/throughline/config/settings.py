"""
Settings of the Django project: from the environment only, and loud.

``throughline`` (the command) fills in what a single machine needs: the address of its embedded PostgreSQL and a secret
key kept in the data folder. Any other way of starting must set DATABASE_URL and SECRET_KEY itself.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from throughline.config import environment
from throughline.platform.address import DatabaseAddress

PACKAGE = Path(__file__).resolve().parent.parent


def _present(*apps: str) -> list[str]:
    return [app for app in apps if (PACKAGE.parent / app.replace(".", "/") / "apps.py").exists()]


# -- Where we are ------------------------------------------------------------------------------------------------------

DEBUG = False  # never on in a served system; there is no switch

SITE_URL = environment.text("THROUGHLINE_URL", "http://localhost:8000").rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in ("http", "https") or not _site.hostname:
    raise environment.Expected(
        f'Expected THROUGHLINE_URL to look like https://crm.example.com, but it is "{SITE_URL}".'
    )

_LOCAL = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [*dict.fromkeys([_site.hostname, *environment.words("THROUGHLINE_HOSTS"), *_LOCAL])]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

ROOT_URLCONF = "throughline.config.urls"
WSGI_APPLICATION = "throughline.config.wsgi.application"

# -- Secrets and transport ---------------------------------------------------------------------------------------------

SECRET_KEY = environment.text(
    "SECRET_KEY", hint="Start with `throughline`, which keeps one, or set a long random text."
)
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")

METRICS_TOKEN = environment.text("METRICS_TOKEN", "")  # who may read /metrics; empty: this machine only

HTTPS = _site.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "throughline_session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "throughline_csrf"
SESSION_ENGINE = "throughline.config.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = environment.number("THROUGHLINE_SESSION_DAYS", 14, least=1) * 24 * 60 * 60
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_SSL_REDIRECT = HTTPS and environment.switch("THROUGHLINE_HTTPS_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
_behind_proxy = environment.switch("THROUGHLINE_BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _behind_proxy else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _behind_proxy else 0  # whose word about the client's address counts
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# Editor pages add 'unsafe-inline' for styles only, with @csp_update: bpmn-js and dmn-js write style attributes.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# The sites, beside this one, that may show the lead form in a frame; every other page stands in nobody's.
COMPANY = [part.strip() for part in environment.text("THROUGHLINE_COMPANY", "Your company").split("|")]
BASE_CURRENCY = environment.text("THROUGHLINE_CURRENCY", "EUR").upper()
FORM_SITES = environment.origins("THROUGHLINE_FORM_SITES")

# -- Computing ---------------------------------------------------------------------------------------------------------

SIMULATION_PROCESSES = environment.number("SIMULATION_PROCESSES", 1, least=1)
SIMULATION_RAY = environment.text("SIMULATION_RAY", "")  # the address of a Ray cluster

# -- Database ----------------------------------------------------------------------------------------------------------

_address = DatabaseAddress.parse(
    environment.text("DATABASE_URL", hint="Start with `throughline`, which runs its own PostgreSQL, or set it.")
)
_pool = environment.number("DATABASE_POOL", 0)  # connections of one process; 0 = one per thread, not pooled
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _address.name,
        "HOST": _address.host,
        "PORT": str(_address.port or ""),
        "USER": _address.user,
        "PASSWORD": _address.password,
        "CONN_MAX_AGE": 0 if _pool else None,  # given back to the pool after each use, else kept by its thread
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **dict(_address.options),
            **({"pool": {"min_size": 1, "max_size": _pool, "timeout": 20}} if _pool else {}),
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits count in here: a limit that each process kept for itself would be as many times as wide.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}}

# -- Parts -------------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    *_present(
        "throughline.config",
        "throughline.web",
        "throughline.api",
        "throughline.sample",
        "throughline.connect.mail",
        "throughline.connect.hooks",
        "throughline.connect.subscriptions",
        "throughline.insight",
        "throughline.insight.simulation",
        "throughline.insight.charts",
        "throughline.insight.kpis",
        "throughline.insight.dashboards",
        "throughline.insight.guide",
        "throughline.insight.logs",
        "throughline.insight.prediction",
        "throughline.insight.split_tests",
        "throughline.insight.bands",
        "throughline.crm.success",
        "throughline.crm.service",
        "throughline.crm.invoices",
        "throughline.crm.contracts",
        "throughline.crm.quotes",
        "throughline.crm.coaching",
        "throughline.crm.forecast",
        "throughline.crm.deals",
        "throughline.crm.leads",
        "throughline.crm.campaigns",
        "throughline.crm.promises",
        "throughline.crm.activities",
        "throughline.crm.people",
        "throughline.core.library",
        "throughline.core.handover",
        "throughline.core.sketches",
        "throughline.core.playbook",
        "throughline.core.discussion",
        "throughline.core.drafting",
        "throughline.core.queues",
        "throughline.core.procedures",
        "throughline.core.procedures.resting",
        "throughline.core.teamwork",
        "throughline.core.company",
        "throughline.core.territories",
        "throughline.core.records.custom",
        "throughline.core.records.imports",
        "throughline.core.records.merging",
        "throughline.core.records.matching",
        "throughline.core.records",
        "throughline.core.access",
        "throughline.core.notify",
        "throughline.core.identity",
        "throughline.core.files",
        "throughline.core.journal",
    ),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_vite",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "throughline.config.sessions.PersonMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {
        "NAME": "hot",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "web" / "templates" / "hot"],
        "OPTIONS": {"environment": "throughline.web.hot.environment"},
    },
]

# -- Signing in --------------------------------------------------------------------------------------------------------

_OWN_USER = bool(_present("throughline.core.identity"))
AUTH_USER_MODEL = "identity.User" if _OWN_USER else "auth.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "throughline.config.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None if _OWN_USER else "username"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {"login_failed": "10/m/ip,5/300s/key"}
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # passkeys on http://localhost
USERSESSIONS_TRACK_ACTIVITY = False  # a commit for every page looked at; signing in and out is kept

# -- Language and time -------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# -- Static files: hashed by Vite, served by WhiteNoise from where the packages keep them ------------------------

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"/static/built/assets/.+-[A-Za-z0-9_-]{8}\."
BUILT_MANIFEST = PACKAGE / "web" / "static" / "built" / ".vite" / "manifest.json"
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": BUILT_MANIFEST,
        "static_url_prefix": "built",
    }
}

# -- Mail --------------------------------------------------------------------------------------------------------------

_MAIL = {
    "off": "django.core.mail.backends.console.EmailBackend",
    "on": "django.core.mail.backends.smtp.EmailBackend",
}
EMAIL_BACKEND = environment.choice("THROUGHLINE_MAIL", _MAIL, "off")
if environment.text("THROUGHLINE_MAIL", "off") == "on":
    EMAIL_HOST = environment.text("SMTP_HOST", hint="Set it, or use THROUGHLINE_MAIL=off.")
    EMAIL_PORT = environment.number("SMTP_PORT", 587, least=1)
    EMAIL_HOST_USER = environment.text("SMTP_USER", "")
    EMAIL_HOST_PASSWORD = environment.text("SMTP_PASSWORD", "")
    EMAIL_USE_TLS = environment.switch("SMTP_STARTTLS", default=EMAIL_PORT != 465)
    EMAIL_USE_SSL = EMAIL_PORT == 465
    EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.text("THROUGHLINE_MAIL_FROM", f"throughline@{_site.hostname}")

# -- Logs --------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
        "json": {"()": "throughline.config.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": environment.choice("THROUGHLINE_LOG", {"lines": "lines", "json": "json"}, "lines"),
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "propagate": True},
    },
}
