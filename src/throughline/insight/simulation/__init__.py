"""
Simulations kept: what would happen, asked of a version of a procedure, and what came out.

An *experiment* is one scenario for one version. Somebody asks for it, a worker has it computed by a process of its own
(:mod:`~throughline.insight.simulation.desk`, the pure kernel on plain data, so that no live case waits for it), and the
result stays with the drawing it was computed for, to be looked at, varied and compared.

Its life: waiting → running → done, failed or cancelled. Whoever may draw procedures may ask and cancel; whoever may
look at procedures may look.
"""
