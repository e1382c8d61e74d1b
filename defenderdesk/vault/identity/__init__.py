"""Identity: who this device is, whom it knows, what partners know it by, and a new identity for
it."""
