"""
Coaching: where somebody's deals stand too long, whose next steps are late, why deals are lost, and what was said about
it.

Every number is a filter of the list of deals, so each leads to the deals behind it. Who coaches sees those of the own
teams; everybody sees themselves. What a coach writes down is for the person and those who coach the person.
"""
