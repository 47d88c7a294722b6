"""
Handover: what somebody has open goes to a substitute in one move, while they are away or because they leave.

Open records of every type, planned activities, promises and work items change hands together; their clocks run on. One
looks at what would move before, and takes the move back after: what the substitute still has returns, what went on to
others stays.
"""
