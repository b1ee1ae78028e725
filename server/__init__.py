"""The doors: HTTP and WebSocket endpoints, sign-in, settings, the composition root."""
