"""The chain of custody: entries, timestamps, segments of signed history, attachments."""
