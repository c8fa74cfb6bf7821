"""What each row counts, where the corpus has a reference population."""
