"""
Forecast: what open deals are expected to bring, by month, team and category; what was aimed at; what became of it.

Once a day a snapshot is taken and kept as it was, so that the forecast of any past day can be looked at again and held
against what closed. Managers set targets; everybody sees as much of it as of the deals.
"""
