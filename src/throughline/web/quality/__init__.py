"""Data quality: how good what is known of records is, on the page of each and over all."""
