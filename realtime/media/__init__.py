"""Live media in (WHIP, WebSocket) and out to watchers (WHEP), recordings, and nothing about what they mean."""
