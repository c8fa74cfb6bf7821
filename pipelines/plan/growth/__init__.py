"""What earlier versions of a corpus gave out and wrote, and what of it goes on."""
