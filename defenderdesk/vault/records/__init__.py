"""Change sets to records and back: written, applied, projected, read, built anew; forks of a
feed.
"""
