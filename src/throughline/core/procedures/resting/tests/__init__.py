"""Tests of resting cases."""
