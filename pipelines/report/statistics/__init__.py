"""What the counts say about balance, confounding and people."""
