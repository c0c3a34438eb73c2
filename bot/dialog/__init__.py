"""The conversation engine: pure values in, pure values out. No I/O, no platform, no clock of its own."""
