"""Cohorts in orbit: what of the capacity launched so far is alive, and what it computes.

Capacity, losses and retirements are sums over cohorts of one hazard law, carried as cumulative
sums: each quarter all of them shrink by the share lost, and a line says what retires. What the
retiring cohort still held follows in closed form from its age.
"""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.model import chips, line, platform, reliability
from risk.model.annuity import discount
from risk.model.constants import DT, START

PLACES = 40
"""Longest life in quarters; economic lives are clipped at nine years."""


class Law(NamedTuple):
    """What all cohorts of a path share."""

    life: Scalar  # whole quarters
    years: Scalar  # the same in years
    chip: Scalar  # chip hazard without repair, per year
    effect: Scalar  # part of it that repair undoes
    repair: Scalar  # date from which it does
    carried: Scalar  # chips launched per satellite, spares included
    entering: Scalar  # of these alive after infancy
    kept: Scalar  # satellites kept in a quarter, in the mean
    fade: Scalar  # frontier-equivalence kept in a quarter
    faded: Scalar  # over a life


class Cohorts(NamedTuple):
    """Capacity in orbit, kW of IT unless said otherwise."""

    line: line.Line  # satellites by quarters of life left
    satellites: Scalar
    chips: Scalar  # alive in them, spares included
    output: Scalar  # those chips in frontier-equivalent kW of today
    operations: Scalar  # k$ a year
    light: Scalar  # sunlit share, mean over satellites
    launched: Scalar  # chips, cumulative, as the next two: launched = chips + lost + retired
    lost: Scalar
    retired: Scalar


class Entry(NamedTuple):
    """What a quarter launches."""

    launched: Scalar  # kW of satellites
    working: Scalar  # of these the ones that reach orbit and work
    light: Scalar  # sunlit share of this variant


class Ended(NamedTuple):
    """What a quarter ends."""

    satellites: Scalar  # retired, kW
    lost: Scalar  # satellites lost after infancy, kW


def law(r: reliability.Reliability, hazard: reliability.Hazards, growth: Scalar) -> Law:
    """The hazard law; `growth` is that of log performance per watt, per year."""
    life = line.quarters(hazard.life, PLACES)
    years = life * DT
    return Law(
        life=life,
        years=years,
        chip=hazard.chip,
        effect=r.repair_effect,
        repair=r.repair_year,
        carried=1.0 + r.spares,
        entering=(1.0 + r.spares) * hazard.infancy,
        kept=discount(r.satellite_hazard + r.collision_hazard, DT),
        fade=discount(growth, DT),
        faded=discount(growth, years),
    )


def begin(zero: Scalar) -> Cohorts:
    """Nothing in orbit; `zero` has the paths' shape."""
    return Cohorts(line.empty(PLACES, zero), *((zero,) * 8))


def capacity(cohorts: Cohorts) -> Scalar:
    """IT power in service: chips alive, where spares are in place of failed ones, kW."""
    return jnp.minimum(cohorts.chips, cohorts.satellites)


def output(cohorts: Cohorts) -> Scalar:
    """Frontier-equivalent kW in service, before availability and utilisation."""
    return cohorts.output * capacity(cohorts) / jnp.maximum(cohorts.chips, 1e-6)


def survival(law: Law, date: Scalar, years: Scalar) -> Scalar:
    """Chips kept over so many years from a date: exp(-R4 (T - 0.6 x years under repair))."""
    mended = jnp.clip(date + years - law.repair, 0.0, years)
    return jnp.exp(-law.chip * (years - law.effect * mended))


def advance(
    x: chips.Chips,
    station: platform.Platform,
    slope: platform.Slopes,
    law: Law,
    rates: tuple[Scalar, Scalar],
    cohorts: Cohorts,
    entry: Entry,
    kept: Scalar,
    years: Scalar,
) -> tuple[Cohorts, Ended]:
    """One quarter on: losses, then retirement of those a life old, then entry of the new.

    `kept` is the share of satellites that this quarter keeps; `rates` are the yearly growth of
    log performance and fall of log lag (per year), which say what the retiring cohort bought.
    """
    born = years - law.years  # when the cohort that retires was launched
    chip_kept = survival(law, START + years, jnp.full_like(years, DT))
    gone = cohorts.line[0] * kept
    gone_chips = gone * law.entering * survival(law, START + born + DT, law.years)
    lag_then = chips.lag_ratio(x, *rates, born)[1]
    lag_now = chips.lag_ratio(x, *rates, years)[1]
    carried, new_chips = entry.launched * law.carried, entry.working * law.entering
    both = kept * chip_kept
    satellites = cohorts.satellites * kept - gone
    shining = jnp.maximum(satellites + entry.working, 1e-6)
    after = Cohorts(
        line=line.move(cohorts.line, kept, law.life, entry.working),
        satellites=jnp.maximum(0.0, satellites + entry.working),
        chips=jnp.maximum(0.0, cohorts.chips * both - gone_chips + new_chips),
        output=jnp.maximum(
            0.0,
            cohorts.output * both * law.fade
            - gone_chips * lag_then * law.faded
            + new_chips * lag_now,
        ),
        operations=jnp.maximum(
            0.0,
            cohorts.operations * kept
            - gone * platform.operations(station, slope, born)
            + entry.working * platform.operations(station, slope, years),
        ),
        light=(cohorts.light * satellites + entry.light * entry.working) / shining,
        launched=cohorts.launched + carried,
        lost=cohorts.lost + (carried - new_chips) + cohorts.chips * (1.0 - both),
        retired=cohorts.retired + gone_chips,
    )
    return after, Ended(gone, cohorts.satellites * (1.0 - kept))
