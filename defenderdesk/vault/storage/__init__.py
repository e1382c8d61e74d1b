"""The ground of a vault: SQLCipher, schema, files, lock, chunks, settings. It knows no rule."""
