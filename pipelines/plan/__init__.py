"""From the manifest and the targets to recipes: splits, donors, draws, shards, and the gaps that remain."""
