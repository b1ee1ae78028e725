"""What the server remembers: SQLAlchemy Core over SQLite (embedded) or PostgreSQL."""
