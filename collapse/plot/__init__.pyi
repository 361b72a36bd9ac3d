"""Public names: read by type checkers, and at run time to know where a name is imported from."""

from .items import (
    densities as densities,
    histograms as histograms,
    image_grid as image_grid,
    point_clouds as point_clouds,
    rank_frequency as rank_frequency,
    text_grid as text_grid,
)
from .lines import (
    band as band,
    curves as curves,
    law as law,
    noise_floor as noise_floor,
    published as published,
)
from .page import (
    COLOURS as COLOURS,
    VENUES as VENUES,
    Drawing as Drawing,
    Venue as Venue,
    house_style as house_style,
    panels as panels,
    style as style,
)
from .relations import (
    bias_bars as bias_bars,
    entropy_reward as entropy_reward,
    heat_map as heat_map,
    kl_reward as kl_reward,
    pass_at_k as pass_at_k,
    quality_diversity as quality_diversity,
    reliability as reliability,
    scaling as scaling,
    similarity as similarity,
    threshold as threshold,
)
