"""Letting a laptop in: invitation, request, approval; and help for a locked one."""
