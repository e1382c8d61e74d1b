"""The window itself: entry to main view, pages, search, status, session, operations."""
