"""What the commands do that are no stage of a run."""
