"""The last pipeline: what the written shards hold, counted, drawn and explained.

:mod:`~pipelines.report.count` and :mod:`~pipelines.report.shard` count, :mod:`~pipelines.report.pipeline` does so on many shards
at once, :mod:`~pipelines.report.facts` gathers what else the run left behind, and :mod:`~pipelines.report.matrix`,
:mod:`~pipelines.report.heatmap`, :mod:`~pipelines.report.html`, :mod:`~pipelines.report.card` and
:mod:`~pipelines.report.croissant` show it.
"""
