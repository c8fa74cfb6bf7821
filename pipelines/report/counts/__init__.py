"""What the shards hold: rows, hours and people, by anything rows can be told apart by."""
