"""Combinations of factors: which values of accent, gender, noise, handset … occur together, which could, and rows that make them.

A *factor* is observed (who speaks: accent, gender, age band …) or assignable (what can be simulated: noise, SNR, handset, room).
A *tuple* is one value each of some factors; coverage of strength t counts the tuples of every t factors (NIST SP 800-142).
"""
