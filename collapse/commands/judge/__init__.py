"""``collapse judge``: the report card of a judge."""
