"""models: what is passed to services."""
