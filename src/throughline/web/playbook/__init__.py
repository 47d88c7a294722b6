"""Pages of the playbook."""
