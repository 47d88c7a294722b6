"""
Split tests: two versions of a procedure share the cases that start, until one is found to be better.

What is to be found, by which measure, how sure and with how many cases is stated before the first case. The host draws
(:mod:`throughline.core.procedures.splitting`); here results are read and judged (:mod:`.sequential`), as often as one
likes, and whoever owns the test is told once when it is settled.
"""
