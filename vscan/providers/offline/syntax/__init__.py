"""Read programs by their grammars, and find out what values reach which calls."""
