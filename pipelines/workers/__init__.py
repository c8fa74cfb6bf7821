"""Running Beam: local worker processes, remote ones that panvox is sent to, and the progress of both."""
