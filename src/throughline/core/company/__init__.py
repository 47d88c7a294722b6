"""
The company that works here: its name and address, its logo, its currency, and how far setting it up has come.

There is one. Until it is said here, name, address and currency are those of the environment (``THROUGHLINE_COMPANY``,
``THROUGHLINE_CURRENCY``), so an installation without a word about itself works as well.
"""
