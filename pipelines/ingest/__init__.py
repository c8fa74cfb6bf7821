"""From metadata and audio to the manifest and the quarantine."""
