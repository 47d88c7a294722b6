"""
Teamwork: what colleagues do around a record of any type. They comment and mention each other, attach files, follow what
happens, star what they need often, and find again what they opened lately.

Everything rests on the record: who may not see it (any more) sees, counts and is told nothing of it.
"""
