"""Everything that scenario files fill: a path's inputs, and those that only some systems use."""

from risk.inputs import group
from risk.model.edge import Edge
from risk.model.rent import Rent
from risk.model.world import World


@group
class SystemInputs(World):
    """The inputs of a path and its fleets, and beside them those of rented compute and the edge."""

    rent: Rent
    edge: Edge
