"""
Bottlenecks that form: what waits at each human step, against what usually waits there.

The usual band of a step is made of the last 28 days, looked at in the same minute of each day: median and three robust
deviations (:func:`throughline.flow.mining.value_stream.usual_band`). When the queue, or the age of the oldest work in
it, rises above, that is told to the journal once (``step.left_band``), and a shipped procedure tells the owner.
"""
