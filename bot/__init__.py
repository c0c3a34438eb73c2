"""The machine: hears, takes a turn, delivers, keeps time."""
