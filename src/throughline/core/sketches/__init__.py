"""
Drawings of other tools on their way into a procedure: kept with the answers to their questions until they are accepted.

What a drawing means is worked out from its file and the answers each time (``flow.charts.formats``); nothing but those
two is kept. Accepting makes a draft, which can be taken back as long as nobody has drawn on in it. A picture is laid
behind the editor to be traced.
"""
