"""``collapse calibrate``: from real verdicts to a judge that does the same."""
