"""Throughline: a CRM in which the flowchart is the procedure."""

__version__ = "0.1.0"
