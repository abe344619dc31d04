"""Replays of counted failures: radiation events, accelerator faults, launches, satellites.

What is simulated comes from the engine's counter-based generator, under the names below.
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, pdtr, pdtrik

from kernels.counter import TILE, key_of, streams, tile_of, words
from kernels.transforms import normal, uniform
from risk.model import cohorts, launch, reliability
from risk.model.constants import DT
from risk.validate.case import Given, Quantities, Simulated, only

DAYS_PER_YEAR = 365.0


@jax.jit
def _tile(key: jax.Array, tile: jax.Array, number: jax.Array) -> tuple[jax.Array, jax.Array]:
    drawn = words(key, tile, number, jnp.uint32(0))[0]
    return uniform(drawn), normal(drawn)


def draw(seed: int, name: str, count: int) -> tuple[NDArray, NDArray]:
    """Uniforms of the first `count` paths of a stream, and the normals at the same words."""
    key, number = key_of(seed), streams((name,))
    tiles = [_tile(key, tile_of(index), number) for index in range(-(-count // TILE))]
    uniforms, normals = (np.concatenate(parts)[:count] for parts in zip(*tiles, strict=True))
    return uniforms, normals


def flights(seed: int, name: str, mean: float, count: int) -> NDArray:
    """Poisson counts as the engine draws its successful flights, good for means above about 4."""
    _, z = draw(seed, name, count)
    rate, none = jnp.float32(mean), jnp.float32(0.0)
    return np.asarray(launch.poisson_flights(rate, none, jnp.asarray(z), none).successes)


def events(seed: int, name: str, mean: float, count: int) -> NDArray:
    """Poisson counts by exact inversion, good for any mean."""
    u, _ = draw(seed, name, count)
    most = int(pdtrik(1.0 - 1e-9, mean)) + 1
    return np.searchsorted(pdtr(np.arange(most), mean), u).astype(float)


def mean_of(sample: NDArray) -> Simulated:
    """Mean and its standard error."""
    return Simulated(float(sample.mean()), float(sample.std() / np.sqrt(sample.size)))


def quantile_of(sample: NDArray, p: float) -> Simulated:
    """Quantile and its standard error.

    The error is sqrt(p (1 - p) / n) in probability, turned into a value by the share of equal
    draws where the law is discrete, by the neighbouring quantiles where it is continuous.
    """
    spread = float(np.sqrt(p * (1.0 - p) / sample.size))
    low, value, high = np.quantile(sample, [p - spread, p, p + spread])
    tied = float(np.mean(sample == value))
    discrete = tied > 2.0 / sample.size
    return Simulated(float(value), spread / tied if discrete else float(high - low) / 2.0)


def weibull_survival(years: float, scale: float, shape: float) -> float:
    """exp(-(t / scale)^shape)."""
    return float(np.exp(-((years / scale) ** shape)))


def weibull_life(u: NDArray, scale: float, shape: float) -> NDArray:
    """Life whose survival probability is the uniform `u`: scale (-log u)^(1 / shape)."""
    return scale * (-np.log(u)) ** (1.0 / shape)


def radiation(given: Given) -> Quantities:
    """Events of a chip's life in a dose, their Poisson counts, and the margin to failure."""
    years, dose = given["years"], given["dose_rad_year"]
    found: Quantities = {"dose of the life, rad": dose * years}
    for name, per_event in given["rad_per_event"].items():
        mean = dose * years / per_event
        found[f"{name} of the life"] = mean
        found[f"{name} a year"] = mean / years
        drawn = events(given["seed"], f"radiation.{name}", mean, given["paths"])
        found[f"{name} of the life, drawn"] = mean_of(drawn)
    never = 1e9
    chip = only(
        reliability.Reliability,
        dose=dose,
        dose_limit=given["limit_krad"],
        bus_life=never,
        running_on=1.0,
        shortest_life=0.0,
        longest_life=never,
    )
    # The engine turns the limit into a life, so the margin is that life over the mission's.
    found["margin to the limit"] = float(reliability.hazards(chip, jnp.asarray(never)).life) / years
    return found


def failures(given: Given) -> Quantities:
    """Rates of accelerator faults, quantiles of launch failure, survival of satellites."""
    return accelerators(given) | launches(given) | satellites(given)


def accelerators(given: Given) -> Quantities:
    """Yearly rate of faults in a training run, and the band of a Poisson count."""
    run, count = given["training"], given["poisson"]
    chip_years = run["chips"] * run["days"] / DAYS_PER_YEAR
    found: Quantities = {
        f"{name}: share a year, %": 100.0 * faults / chip_years
        for name, faults in run["faults"].items()
    }
    mean, z = count["mean"], count["z"]
    found["Poisson 220: normal 5 %"] = mean - z * float(np.sqrt(mean))
    found["Poisson 220: normal 95 %"] = mean + z * float(np.sqrt(mean))
    drawn = flights(given["seed"], "failures.poisson", mean, given["fleet"])
    for p in count["quantiles"]:
        found[f"Poisson 220: drawn {p:.0%}"] = quantile_of(drawn, p)
    return found


def launches(given: Given) -> Quantities:
    """Posterior of a failure probability after f of n, Beta(0.5 + f, 0.5 + n - f), by inversion."""
    found: Quantities = {}
    for failed, flown in given["launches"]:
        name = f"{failed} of {flown} lost"
        u, _ = draw(given["seed"], name, given["posterior"])
        percent = 100.0 * betaincinv(0.5 + failed, 0.5 + flown - failed, u.astype(float))
        found[f"{name}: mean, %"] = mean_of(percent)
        for p in given["quantiles"]:
            found[f"{name}: {p:.0%} quantile, %"] = quantile_of(percent, p)
    return found


def survivors(given: Given) -> Quantities:
    """Compute that is left after some years of losses of satellites and of chips, unrepaired."""
    never, none = 1e9, jnp.asarray(0.0)
    found: Quantities = {}
    for name, lost in given["losses"].items():
        fleet = only(
            reliability.Reliability,
            satellite_hazard=-np.log1p(-lost["satellite"]),
            collision_hazard=0.0,
            burst_hazard=0.0,
            ground_chip_failure=-np.log1p(-lost["chip"]),
            orbit_multiplier=1.0,
            blast_radius=1.0,
            spares=0.0,
            repair_year=never,
            repair_effect=0.0,
            bus_life=given["years"],
            running_on=1.0,
            shortest_life=0.0,
            longest_life=never,
            dose=1.0,
            dose_limit=never,
        )
        law = cohorts.law(fleet, reliability.hazards(fleet, jnp.asarray(never)), none)
        chips = cohorts.survival(law, none, jnp.asarray(given["years"]))
        kept = law.kept ** (given["years"] / DT)
        found[f"{name}: compute left"] = float(chips * kept)
    return found


def satellites(given: Given) -> Quantities:
    """Castet and Saleh's survival of satellites, in closed form and of a simulated fleet."""
    found: Quantities = {}
    kind, _ = draw(given["seed"], "failures.kind", given["fleet"])
    u, _ = draw(given["seed"], "failures.life", given["fleet"])
    for law, parts in given["satellites"].items():
        bounds = np.cumsum([part["share"] for part in parts])
        lives = [weibull_life(u, part["scale_years"], part["shape"]) for part in parts]
        life = np.choose(np.searchsorted(bounds[:-1], kind), lives)
        for years in given["ages"]:
            found[f"{law}, {years} yr: survival"] = sum(
                part["share"] * weibull_survival(years, part["scale_years"], part["shape"])
                for part in parts
            )
            found[f"{law}, {years} yr: fleet alive"] = mean_of(life > years)
    return found
