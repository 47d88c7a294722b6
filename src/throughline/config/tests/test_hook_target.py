"""``throughline manage hook_target``."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from throughline.connect.hooks.models import HookTarget


def say(*words: str) -> str:
    """Run the command, and return what it says."""
    out = StringIO()
    call_command("hook_target", *words, stdout=out)
    return out.getvalue()


@pytest.mark.req("J7")
@pytest.mark.django_db
class TestHookTarget:
    def test_allows_lists_and_disallows(self) -> None:
        told = say("erp", "https://erp.example.com/in", "--title", "Our ERP")
        assert "whsec_" in told
        assert say() == "erp\thttps://erp.example.com/in\toutside\tOur ERP\n"

        say("erp", "--disallow", "They left.")

        assert say() == ""
        assert not HookTarget.objects.get().active

    @pytest.mark.parametrize("words", [("erp",), ("erp", "ftp://x"), ("nobody", "--disallow", "Why not.")])
    def test_what_cannot_be_is_one_sentence(self, words: tuple[str, ...]) -> None:
        with pytest.raises(CommandError):
            say(*words)
