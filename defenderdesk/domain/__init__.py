"""The domain of the work: kinds of record, their fields, and the terms of the field. Pure."""
