"""From raw recordings to balanced shards: ingest, plan, render, report, and the command that runs them."""
