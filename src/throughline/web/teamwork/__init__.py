"""Pages of teamwork: comments and mentions, files, following, favourites and what was opened lately."""
