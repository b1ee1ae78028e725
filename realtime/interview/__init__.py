"""The pure heart: what an interview is, in a table, without sockets, tasks, models or a clock of its own."""
