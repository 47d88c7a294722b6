"""Pages of duplicates: the list of likely pairs, two records side by side, merging and taking it back."""
