"""The Django application of connect.mail."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Tables of connect.mail."""

    name = "throughline.connect.mail"
    label = "mail"
