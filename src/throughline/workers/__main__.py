"""``python -m throughline.workers``: one worker process."""

from __future__ import annotations

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.config.settings")
    django.setup()
    from throughline.workers import main

    main.run()
