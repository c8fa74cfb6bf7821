"""The rows of each shard, and the recordings that no shard holds."""
