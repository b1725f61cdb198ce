"""Bounds of the evaluation that several parts of it keep."""

MAX_CALLS = 12  # of one function, whose arguments are looked at; one with more is a helper
MAX_FOLDED = 5_000  # items of a list whose callback is evaluated for each
MAX_FOLDED_BYTES = 600  # of such a callback
