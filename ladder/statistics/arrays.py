"""`FloatArray`, `IntArray`, `BoolArray`: the types of arrays that statistics and search pass around."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
