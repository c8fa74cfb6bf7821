"""Names a configuration may use for what panvox brings along; each is explained on the reference page."""

from __future__ import annotations

MICROPHONES = {
    "flat": "no colouration",
    "irs_send": "ITU-T P.48 intermediate reference system, sending side (narrow-band telephone)",
}

CODECS = {
    "g711_ulaw": "ITU-T G.711 µ-law, 8 kHz, 64 kbit/s",
    "g711_alaw": "ITU-T G.711 A-law, 8 kHz, 64 kbit/s",
}
