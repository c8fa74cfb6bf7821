"""Re-checking a finished corpus from disk: its files, its ledger, its seals, its people, its balance and its coverage."""

from pipelines.verify.breach import Breach
from pipelines.verify.corpus import Checked, verify

__all__ = ["Breach", "Checked", "verify"]
