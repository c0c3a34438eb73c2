"""What a citizen prepares at home: drafts, forms, papers, sending. Never a filing."""
