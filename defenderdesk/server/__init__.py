"""The coordinating server: stores and forwards bundles that it cannot read."""
