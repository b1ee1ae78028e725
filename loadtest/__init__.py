"""Virtual candidates: clients like any other, which know nothing of the server's inside."""
