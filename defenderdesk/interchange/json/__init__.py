"""Exchange JSON in and out, files in the shape of published cases, the demo workspace."""
