"""
What open cases will do, learned from cases that are over, and shown only where that is worth something.

Theory of operation. Every event of a finished case is an example: what was known then, and what came of it. Examples
are parted by time and never at random: cases that began before a moment and were over by then teach, cases that began
after it examine (Weytjens and De Weerdt, "Creating unbiased public benchmark datasets with data leakage prevention for
predictive process monitoring", 2021). What is learned must do better in the examination than a plain table does, by
more than chance explains; otherwise nothing is shown, and the reason is said. It needs no service and no database.
"""

from throughline.insight.prediction.learning import Learned, NotShown, Validation
from throughline.insight.prediction.likelihood import learn_likelihood
from throughline.insight.prediction.remaining import learn_remaining_time

__all__ = ["Learned", "NotShown", "Validation", "learn_likelihood", "learn_remaining_time"]
