"""Engines, the cross-session scheduler, the bus and the worker: models live here and nowhere else."""
