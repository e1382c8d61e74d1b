"""Speaking to the coordinating server: mailboxes, registration, release drops, timestamps."""
