"""
The elements of BPMN, one module each: how a token enters, what it does there, how it leaves.

A module offers what the compiler puts into the nodes of its element: ``enter`` or, for activities, ``perform`` (one
instance), and ``happen`` where something is waited for. Every module is named after its element and cites the section
it follows.
"""
