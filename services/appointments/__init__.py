"""Appointments at the counter: free times, seats, and a watch over trips that became useless."""
