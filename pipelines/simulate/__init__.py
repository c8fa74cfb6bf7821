"""Simulation of acoustic conditions: plain functions on arrays; nothing here knows of files, tables or Beam.

Clean speech, an *asked* record (:mod:`~pipelines.simulate.draw`) and the sounds it names go into
:func:`pipelines.simulate.chain.simulate`; the audio and what was *measured* on it come out. The stages, in the order that sound
takes them: room (:mod:`~pipelines.simulate.room`), noise (:mod:`~pipelines.simulate.noise`, :mod:`~pipelines.simulate.babble`),
handset (:mod:`~pipelines.simulate.handset`).
"""
