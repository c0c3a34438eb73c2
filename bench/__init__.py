"""What is measured, and against what. `python -m bench [part ...]`; see `bench/__main__.py` for the parts.

Everything runs on loopback, bounded in count and time. A figure of one machine means little; the ratios of two
programs measured in turns, on the same machine in the same minute, are what the goals speak of.
"""
