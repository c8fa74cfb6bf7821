"""What each cell of an accent and a condition should hold."""
