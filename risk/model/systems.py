"""Everything that scenario files fill: a path's inputs, and those that only some systems use."""

from risk.inputs import group
from risk.model.edge import Edge
from risk.model.path import Inputs
from risk.model.rent import Rent


@group
class SystemInputs(Inputs):
    """The inputs of a path, and beside them those of rented compute and of the edge."""

    rent: Rent
    edge: Edge
