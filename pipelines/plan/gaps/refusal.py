"""Why no donor may be put in a condition at all, whatever the caps."""

from __future__ import annotations

import math

from pipelines.plan.fill.fill import CellState
from pipelines.plan.fill.need import SNR_HEADROOM_DB, is_dry_enough
from pipelines.plan.gaps.obstacle import Change, Obstacle
from schemas.config import CorpusConfig


def find_refusal(cell: CellState, config: CorpusConfig) -> Obstacle | None:
    """Why no donor may be put in the condition, caps apart, and the remedy; None where one may."""
    if cell.demand.refusal is not None:
        return cell.demand.refusal
    if cell.donor_speakers:
        return None
    need, donors = cell.demand.need, [donor for own in cell.pool.by_speaker.values() for donor in own]
    condition = config.condition(need.condition)
    others = [donor for donor in donors if donor.condition != need.condition]
    names = " or ".join(config.donors)
    if not others:
        why = f"its only recordings in {names} are in this condition already"
        return Obstacle("no_donor", why, "record it, or name further donor_conditions")
    dry = [donor for donor in others if is_dry_enough(donor.condition, condition, config)]
    if not dry:
        wet = " and ".join(sorted({donor.condition for donor in others}))
        return Obstacle("too_reverberant", f"{wet} is more reverberant than this condition", "record drier speech for it")
    wide = [donor for donor in dry if donor.bandwidth_hz >= need.bandwidth_hz]
    if not wide:
        best_hz = math.floor(max(donor.bandwidth_hz for donor in dry))
        return Obstacle(
            "too_narrow",
            f"its widest recording has a bandwidth of {best_hz} Hz where {need.bandwidth_hz:g} Hz are needed",
            f"record wide-band speech, or lower donor_bandwidth_hz of {condition.name} to {best_hz}",
            (Change(f"conditions.{condition.name}.donor_bandwidth_hz", str(best_hz), -best_hz),),
        )
    clean = [donor for donor in wide if donor.snr_db >= need.snr_db]
    if not clean and cell.demand.snr_db is not None:
        best_db = max(donor.snr_db for donor in wide)
        low = math.floor(10 * (best_db - SNR_HEADROOM_DB)) / 10
        return Obstacle(
            "too_noisy",
            f"its cleanest recording has an SNR of {best_db:.1f} dB where {need.snr_db:g} dB are needed",
            f"lower snr_db of {condition.name} to start at {low:g}, or record cleaner speech",
            (Change(f"conditions.{condition.name}.snr_db", f"[{low:g}, {max(low, cell.demand.snr_db[1]):g}]", -low),),
        )
    return cell.demand.refusals[min(cell.demand.refusals)]
