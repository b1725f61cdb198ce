"""The providers of verdicts: the vscan.dev web API, and the offline analyser."""
