"""Conditions with ``factors``: the rows of a covering array, and who stands for each."""
