"""
How good what is known of a record is: a score with its reasons, kept on the record, and how well fields are filled.

``rule`` scores values and is pure; ``keeping`` keeps the scores of all records up to date behind the journal;
``queries`` reads one record's score anew with its reasons, and how well the fields of a type are filled.
"""

from throughline.core.records.quality.rule import Loss, Part, QualityRule, Score, score

__all__ = ["Loss", "Part", "QualityRule", "Score", "score"]
