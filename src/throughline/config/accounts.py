"""Who may make an account: nobody by themselves. People are invited by an administrator."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The company's own people sign in; there is no public sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: an account is made by ``throughline manage`` or by an administrator's invitation."""
        return False
