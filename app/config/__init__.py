"""config: the session and its settings."""
