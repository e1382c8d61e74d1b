"""Guards an open vault against the person at the door: panic, locking with the computer,
the clipboard, screenshots."""
