"""From which recordings the cells are filled: eligible donors, caps, and as many rows as any plan could reach."""
