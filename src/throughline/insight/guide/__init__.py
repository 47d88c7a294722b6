"""The guided path: from how it is done today, with what hurts, to a drawing with goals and a day of review."""
