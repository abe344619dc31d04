"""Array kinds used in every signature; axis names: `path`, `draw`, `factor`, `step`, `bin`."""

from jaxtyping import Array, Float, UInt32

type Scalar = Float[Array, "*batch"]
"""One number of one path; under batching, one number for each path."""

type Words = UInt32[Array, "draw path"]
"""Random words: one row a draw, one column a path."""

type Normals = Float[Array, "draw path"]
"""Standard normals: one row a draw, one column a path."""
