"""The Django application of connect.subscriptions."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """Tables of connect.subscriptions."""

    name = "throughline.connect.subscriptions"
    label = "subscriptions"
