"""Functions whose sensitivity indices are known in closed form, of uniforms u, shape (d, n)."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

ISHIGAMI_FIRST = (0.313905191147811452, 0.442411144790040815, 0.0)
ISHIGAMI_TOTAL = (0.557588855209959185, 0.442411144790040815, 0.243683664062147733)
ISHIGAMI_SHAPLEY = (0.435747023176885319, 0.442411144790040815, 0.121841832032073866)
ISHIGAMI_VARIANCE = 13.84458794071925653
G_FIRST = (0.986711841989, 0.00986711841989, 9.86711841989e-5)
G_TOTAL = (0.990033881492, 0.0131565964318, 1.32000117528e-4)
FLOOD_FIRST = (0.34485, 0.13377, 0.18958, 0.00346, 0.28382, 0.03548, 0.0, 0.00009)
FLOOD_TOTAL = (0.35359, 0.14225, 0.18993, 0.00381, 0.28382, 0.03548, 0.0, 0.00010)


def ishigami(u: NDArray) -> NDArray:
    """sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1, x uniform on -pi to pi."""
    x = np.pi * (2.0 * u - 1.0)
    return np.sin(x[0]) + 7.0 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def g(u: NDArray) -> NDArray:
    """Sobol' g function with a = 0, 9, 99."""
    a = np.array([0.0, 9.0, 99.0])[:, None]
    return np.prod((np.abs(4.0 * u[:3] - 2.0) + a) / (1.0 + a), axis=0)


def flood(u: NDArray) -> NDArray:
    """Iooss and Lemaitre (2015) with the discharge on 500 to 3000 and friction from 15 on."""
    from scipy.stats import gumbel_r, triang, truncnorm

    def between(low: float, middle: float, high: float, v: NDArray) -> NDArray:
        return triang.ppf(v, (middle - low) / (high - low), low, high - low)

    law = gumbel_r(1013, 558)
    ends = law.cdf([500, 3000])
    q = law.ppf(ends[0] + (ends[1] - ends[0]) * u[0])
    friction = truncnorm.ppf(u[1], (15 - 30) / 8, np.inf, 30, 8)
    down, up = between(49, 50, 51, u[2]), between(54, 55, 56, u[3])
    dyke, bank = 7.0 + 2.0 * u[4], between(55, 55.5, 56, u[5])
    length, width = between(4990, 5000, 5010, u[6]), between(295, 300, 305, u[7])
    height = (q / (width * friction * np.sqrt((up - down) / length))) ** 0.6
    return down + height - dyke - bank


def points(dimensions: int, replicates: int, each: int, seed: int) -> tuple[NDArray, NDArray]:
    """Independent scrambles: uniforms (dimensions, n), and the replicate of each point (n,)."""
    parts = [
        qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng([seed, r])).random(each).T
        for r in range(replicates)
    ]
    return np.concatenate(parts, axis=1), np.repeat(np.arange(replicates), each)
