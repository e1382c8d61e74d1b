"""What the work is about: kinds of record, their fields, and the terms of the field. Pure."""
