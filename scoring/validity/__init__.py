"""Does the score mean what it says? Agreement with people, calibration, bias, drift, weights."""
