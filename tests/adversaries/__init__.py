"""The threat model's adversaries, as programs."""
