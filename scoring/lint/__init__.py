"""What a position, a competency and an employer's phrases must satisfy, each broken rule with its line."""
