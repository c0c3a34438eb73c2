"""What a command says when it will not do what was asked."""


class Refusal(Exception):
    """One clear line for stderr; the command exits with 1."""
