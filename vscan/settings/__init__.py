"""The settings: one table of options, variables and keys, and the config file."""
