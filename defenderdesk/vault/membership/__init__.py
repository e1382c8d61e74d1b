"""Acts of membership and what follows: administering, removing a device, revoking a desk."""
