"""Keeping speakers' names out of what is written, and forgotten speakers out of all of it."""
