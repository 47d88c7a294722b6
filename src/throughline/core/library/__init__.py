"""
Library: packs of procedures on the shelf, installed with what they mean here, pulled again, and taken out.

On the shelf lie the packs of the product and those that somebody brought as a file. Installing binds a pack's roles,
calendars, fields and questions to those of this company and brings in all its parts in one operation. What was brought
in is remembered, so that a later version of the pack can be merged with what people changed here meanwhile.
"""
