"""
Mail: a step sends a message to a person (action ``mail.send``), over the SMTP server of the settings.

Who does not want mail gets none (rules.py): the step then goes on and says so. A message carries an id that is drawn
from the case's key, the same for every try, so that mail servers and people can tell a repeat; what was sent is kept,
so that most repeats are not sent at all.
"""
