"""Pure signal code: speech windows and commit policy, voice, face, quality gates. No clock, no model, no socket."""
