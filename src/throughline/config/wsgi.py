"""The WSGI entry point that granian serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from throughline.platform import lifeline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.config.settings")

lifeline.follow()  # granian starts this module in processes of its own
application = get_wsgi_application()
