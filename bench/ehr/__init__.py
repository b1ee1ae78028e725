"""Measurements of the EHR bridge."""
