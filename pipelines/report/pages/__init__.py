"""What people and catalogues read: report, card, description, pictures; and what of it may be given on."""
