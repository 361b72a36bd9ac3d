"""The bugs: which line of which file becomes which, and the claims that are to notice first."""

from tests.mutations.kind import Mutation
from tests.mutations.of_judges import JUDGES
from tests.mutations.of_loop import LOOP, MEASURES, RANDOM
from tests.mutations.of_models import MODELS, SAMPLERS

MUTATIONS: tuple[Mutation, ...] = MODELS + SAMPLERS + JUDGES + LOOP + RANDOM + MEASURES
