"""The container image, in a real engine."""
