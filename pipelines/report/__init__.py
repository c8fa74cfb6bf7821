"""The last pipeline: what the written shards hold, counted weighed up, and shown on pages and in the terminal."""
