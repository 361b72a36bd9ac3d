"""The house style for figures of one's own: panels, venues, colours."""

from collapse.report.recorded_figure import Drawing as Drawing
from collapse.report.style import (
    COLOURS as COLOURS,
    VENUES as VENUES,
    Venue as Venue,
    house_style as house_style,
    panels as panels,
    style as style,
)
