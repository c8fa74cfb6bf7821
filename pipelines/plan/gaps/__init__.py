"""What is missing, why, and what to do about it."""
