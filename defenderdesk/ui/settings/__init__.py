"""Settings of this device, a card each."""
