"""Real speech codecs, applied and undone: :func:`~pipelines.simulate.codecs.registry.find_codec` knows them by name."""
