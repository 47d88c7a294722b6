"""What every child of ``serve`` does besides its own work: it does not outlive the parent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from throughline.platform import lifeline
from throughline.platform.cluster import Cluster


@contextmanager
def of_parent() -> Iterator[None]:
    """
    Follow the parent's lifeline for the length of the block.

    Whoever ends because the parent was killed also stops the embedded database, if nobody else is using it.
    """
    lifeline.follow()
    try:
        yield
    finally:
        folder = os.environ.get(lifeline.CLUSTER_VARIABLE)
        if folder and lifeline.cut():
            Cluster(Path(folder)).leave()
