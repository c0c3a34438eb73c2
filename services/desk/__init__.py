"""The desk: who works there, what waits for whom, and the record of everything that was done."""
