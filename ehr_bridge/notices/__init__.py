"""What a person is told, by which way, and what they answer: docs/explanation/notices.md."""
