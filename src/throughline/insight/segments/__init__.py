"""
Whether some records fare otherwise than the others by the same procedure, so much that they deserve a variant.

Groups are the values of a field; each is compared with all the other cases. Where many comparisons are made some differ
by chance, so the intervals are widened until all of them together keep their promise (Bonferroni). A group with too few
cases is named, and nothing is said of it. What is found is a difference between customers, not what a variant would
bring.
"""

from throughline.insight.segments.comparing import LEAST, Compared, Finding, Segment, Thin, compare_segments

__all__ = ["LEAST", "Compared", "Finding", "Segment", "Thin", "compare_segments"]
