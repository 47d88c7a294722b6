"""The sample company: loading it into an empty installation, and taking it away."""
