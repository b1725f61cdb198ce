"""What pipelines and developers run: measurements."""
