"""Exchange on the screen: stick and server, what came in, partners, alerts."""
