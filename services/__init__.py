"""What the office does. Knows neither chat nor HTTP."""
