"""What a row and a setting are: configuration models, Arrow schemas, quarantine rules and accent codes."""
