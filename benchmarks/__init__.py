"""Repeatable measurements of panvox, peers included; README.md says what is measured and how."""
