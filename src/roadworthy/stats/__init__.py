"""Pure mathematics: tally, rates, intervals, distances, calibration, multiplicity."""
