"""Work on whole cases: descendants, merging, transfer, approvals, joint work."""
