"""
People: contacts (persons with a relationship stage) and the organizations they belong to.

A contact is made by the first enquiry, an import or by hand, and stays one person through every enquiry, deal and
ticket. E-mail addresses and phone numbers are kept in one normal form, by which a known person is recognised.
What a person said about being contacted is kept word by word (``consent``). Sales owns them.
"""
