"""The desk: who works there, cards and who gets them, what is done at the counter, and what is never shown."""
