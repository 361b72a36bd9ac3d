"""``collapse verify``: the claims of scenarios against their arms."""
