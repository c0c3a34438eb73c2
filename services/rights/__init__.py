"""What a person may ask about her own data: see, copy, correct, withdraw consent, erase (Law 91/2025)."""
