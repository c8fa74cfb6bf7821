"""A finished corpus in the forms that other trainers read: ``panvox export``.

:mod:`~pipelines.export.run` goes from shard to shard; a module a form knows its files: :mod:`~pipelines.export.lhotse_shar`,
:mod:`~pipelines.export.webdataset`, :mod:`~pipelines.export.nemo`, :mod:`~pipelines.export.kaldi` and
:mod:`~pipelines.export.huggingface`. A shard becomes one part of its split, in the order of the shards' names.
"""
