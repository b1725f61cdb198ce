"""A security gate for VS Code extensions."""

__version__ = "0.1.0"
