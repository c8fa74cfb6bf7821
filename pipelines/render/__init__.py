"""From recipes to shards: each shard written by one worker, which reads its own sources."""
