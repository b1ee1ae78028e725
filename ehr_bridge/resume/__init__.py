"""From a résumé's file to facts beside their source: what it is, a process that reads it, extraction."""
