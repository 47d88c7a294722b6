"""
Identity: the people of the company, their teams, roles and working hours.

A user signs in by e-mail address and is never deleted, only made inactive. Teams form a tree; a role is the lane of a
chart and the bounds of what its people may see and do. Administrators own all of it.
"""
