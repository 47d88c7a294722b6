"""What every record stands on: journal, files, identity, notifications, access, records and procedures."""
