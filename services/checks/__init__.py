"""The officer's check of a pre-submission: what the review page shows, the marks, one complete return, acceptance."""
