"""Decision tables: the list, the editor, trying and publishing."""
