"""
Notify: messages to people. One row per person and message is the notification centre; other ways (mail, push) read it.

A message is written in the transaction of what it tells of (``operations.notify_many``), seen, and marked as read.
"""
