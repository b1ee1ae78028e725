"""What a thousand candidates over WebSocket media cost one core, with acknowledgements and durable writes on."""
