"""The notification centre of who is signed in."""
