"""Files: content in chunks with its hash; attachments, imported logs, results. The record decides who may read."""
