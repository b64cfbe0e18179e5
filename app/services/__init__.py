"""services: files in a store, read and written with the credentials of a user."""
