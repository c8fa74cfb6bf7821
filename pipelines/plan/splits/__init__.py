"""Which split each person, sentence, noise and response belongs to, for good."""
