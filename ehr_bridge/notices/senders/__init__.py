"""The channels themselves."""
