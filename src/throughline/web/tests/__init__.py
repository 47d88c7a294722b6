"""Tests of the pages, through Django's client: what a reader gets, and what a refusal looks like."""
