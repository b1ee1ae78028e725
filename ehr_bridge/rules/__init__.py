"""An employer's own rules for the next step: small, explainable, and unable to turn anybody away."""
