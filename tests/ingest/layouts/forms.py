"""Every layout's tiny corpus, by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.ingest.layouts import corpora, formats

FORMS: dict[str, Callable[[Path], None]] = {
    form.__name__: form
    for form in (
        *(corpora.common_voice, corpora.vctk, corpora.l2_arctic, corpora.speech_accent_archive, corpora.edacc, corpora.coraal),
        *(corpora.afrispeech_200, corpora.librispeech, corpora.timit, corpora.openslr_83, corpora.fair_speech, formats.globe),
        *(formats.kaldi, formats.lhotse, formats.nemo, formats.hf_parquet, formats.webdataset, formats.table),
    )
}
