"""The rival in the benchmark: the same full model in NumPy, vectorised over tiles of paths.

Written to be as fast as NumPy allows on one thread: float32, tiles that stay in the cache, SFC64,
inputs drawn by kind with one call each, exponentials shared between annuities, powers of time as
running products, rare events drawn only where they happen. It differs from the engine in one
way: a path's random numbers have no fixed place, so scenarios do not share them. Its one call of
BLAS is the factors' product; set OPENBLAS_NUM_THREADS=1 before Python starts.
"""

import argparse
import math
import time
from types import SimpleNamespace as Tree
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.numpy_draws import Sampler, event
from risk.scenario import Scenario, load

TILE, QUARTERS, DT, START = 8192, 60, 0.25, 2026.75
DATES = {0: 2026, 12: 2029, 20: 2031, 36: 2035, 56: 2040}
KEPT = (
    "ratio",
    "npv_orbit",
    "npv_ground",
    "time_ratio",
    "idle_chips_ratio",
    "break_even",
    "lcoc_orbit",
    "lcoc_ground",
    "launch_price",
    "failure_probability",
    "specific_mass",
    "platform_cost",
    "flown_kw",
    "flights",
    "launched_mass",
    "delay_ground",
    "delay_orbit",
    "pflop_hour_orbit",
    "pflop_hour_ground",
)
"""Kept for every path at the quarters in DATES."""

PER_OCTAVE, OCTAVES = 128, (-6, 10)
EDGES = 2.0 ** (np.arange((OCTAVES[1] - OCTAVES[0]) * PER_OCTAVE + 1) / PER_OCTAVE + OCTAVES[0])
"""Of the histogram of R in every quarter; the outer bins take what is beyond."""

type Array = NDArray[Any]


def _sunlight() -> tuple[Array, Array, Array, Array]:
    """Altitude, f_sun, f_w and t_ecl_max of the dawn-dusk orbit, every kilometre."""
    re, mu, j2 = 6378.137, 398600.4418, 1.08263e-3
    h = np.arange(300.0, 2001.0)[:, None]
    radius = re + h
    cos_i = -1.99099e-7 * 2 * radius**3.5 / (3 * j2 * re**2 * math.sqrt(mu))
    lam, tilt = 2 * np.pi * np.arange(365)[None] / 365, math.radians(23.44)
    dec = np.arcsin(math.sin(tilt) * np.sin(lam))
    ra = np.arctan2(math.cos(tilt) * np.sin(lam), np.cos(lam))
    turn = np.cos(dec) * np.sqrt(1 - cos_i**2) * np.sin(lam + np.pi / 2 - ra)
    cos_beta = np.sqrt(1 - (turn + np.sin(dec) * cos_i) ** 2)
    f = np.arccos(np.minimum(np.sqrt(h * h + 2 * re * h) / (radius * cos_beta), 1)) / np.pi
    longest = f.max(1)
    period = 2 * np.pi * np.sqrt(radius[:, 0] ** 3 / mu) / 60
    return h[:, 0], 1 - f.mean(1), 1 - longest, longest * period


# ------------------------------------------------------------------------------------- the model
def _series(x: Array, life: Array, e: Array) -> Array:
    """(1 - e)/x with e = exp(-x life), x of either sign: a series where x life is small."""
    y = x * life
    small = np.abs(y) < 2e-2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(small, life * (1 - y * (0.5 - y * (1 / 6 - y / 24))), (1 - e) / x)


def _static(x: Tree, sun: tuple[Array, ...], dtype: Any) -> Tree:
    """What a path needs in every quarter and does not change."""
    p, th, m, r, c, g = x.power, x.thermal, x.mass, x.reliability, x.chips, x.ground
    s = Tree()
    f_sun, f_w, t_ecl = (np.interp(x.orbit.altitude, sun[0], y).astype(dtype) for y in sun[1:])
    life = np.minimum(r.bus_life, c.ground_life * r.running_on)
    life = np.clip(life, r.shortest_life, r.longest_life)
    s.t_o = np.minimum(life, 1000 * r.dose_limit / r.dose)
    p_bus = 1 + p.parasitic
    p_thr = p_bus * np.exp(-life / 2 * np.log(1 - p.array_fade))
    p_bat = p_thr * (f_w + (1 - f_w) / p.charge_efficiency) / f_w
    e_batt = p_bus * t_ecl / 60 / p.depth_of_discharge
    t2 = th.temperature * th.temperature
    q_rad = (2 * 5.670374419e-8) * th.view * th.emissivity * t2 * t2 * (1 - th.absorbed)
    rest = p_bus * 1000 / q_rad * th.margin * th.areal_mass + m.chips + m.shield + m.bus
    factor = (1 + m.structure) * m.residual
    factor = factor * np.exp(m.delta_v / (9.80665 * m.specific_impulse))
    s.mass_b = p_bat * 1000 / p.array_specific_power + e_batt * 1000 / p.battery_specific_energy
    s.mass_b = (s.mass_b + rest) * factor
    s.mass_t = (p_thr * 1000 / p.array_specific_power + rest) * factor
    s.mass_fall = np.exp(DT * np.log(1 - m.yearly_fall))
    s.saved, s.f_sun = x.platform.battery_cost * e_batt, f_sun
    s.b, s.slope = -np.log2(1 - x.launch.learning_rate), np.log2(1 - x.platform.learning_rate)
    s.share = x.launch.compute_share * x.launch.filled_share * 1000
    s.rise = np.log(1 + x.launch.cadence_growth) * DT
    s.new = np.maximum(x.launch.failure_new, x.launch.failure_mature) - x.launch.failure_mature
    s.lam_s = r.satellite_hazard + r.collision_hazard + r.burst_hazard
    if r.spares != 0:
        raise ValueError(f"spares are {r.spares}, but this rival knows only 0")
    s.r4 = r.ground_chip_failure * r.orbit_multiplier * r.blast_radius
    s.l1, s.l2 = s.lam_s + s.r4, s.lam_s + (1 - r.repair_effect) * s.r4
    s.infant = np.exp(s.r4 * -0.25)
    ins = np.maximum(x.finance.loading * s.lam_s, x.finance.orbit_insurance - s.lam_s)
    s.ins = x.finance.insured_share * ins
    s.removal = (1 - r.disposal_success) * r.removal_cost * (1000 / r.satellite_power)
    s.programme = x.platform.programme / x.platform.programme_size
    storm = 1 + r.storm_share * (r.storm_multiplier - 1)
    training = c.workload == 1
    mfu = c.orbit_training / c.ground_training if training else c.orbit_inference_share
    s.mfu_g = c.ground_training if training else c.ground_inference
    s.y = r.availability * (1 - r.silent_errors * storm) * mfu
    s.growth = np.log(1 + c.frontier_growth)
    costs = x.market.chip_weight * c.cost_drift + x.market.facility_weight * g.facility_drift
    s.delta = np.maximum(x.market.slowest_decay, s.growth - costs)
    s.kept = np.exp(-c.resale_decay * c.ground_life)
    s.d_c6, s.d_to = np.exp(-s.delta * c.ground_life), np.exp(-s.delta * s.t_o)
    s.f_c6 = np.exp(-x.market.deviation_decay * c.ground_life)
    s.f_to = np.exp(-x.market.deviation_decay * s.t_o)
    s.mu_c6 = np.exp(g.power_drift * c.ground_life)
    s.k_c6 = np.exp(-g.power_reversion * c.ground_life)
    s.facility_rise, s.power_rise = np.exp(DT * g.facility_drift), np.exp(DT * g.power_drift)
    s.demand_rise = np.exp(DT * np.log(1 + x.schedule.demand_growth))
    s.onsite_fall = np.exp(-DT * x.schedule.onsite_speed_up)
    s.per_unit = 1000 / 8760 / s.mfu_g * np.exp(s.growth * c.ground_lag)
    for name, value in vars(s).items():
        if isinstance(value, np.floating):  # of fixed inputs only; a Python float widens nothing
            setattr(s, name, float(value))
    return s


def _orbit(x: Tree, s: Tree, v: Tree, t: float) -> Tree:
    """Cost of one vintage: both variants, the cheaper one, its break-even price."""
    p, r, f = x.platform, x.reliability, x.finance
    o = Tree()
    left = s.t_o - v.t1
    e1, e2 = np.exp(-(v.r_o + s.l1) * v.t1), np.exp(-(v.r_o + s.l2) * left)
    o.alive = s.infant * ((1 - e1) / (v.r_o + s.l1) + e1 * (1 - e2) / (v.r_o + s.l2))
    o.e1, o.e2 = e1, e2
    rate = v.r_o + s.lam_s
    whole, first = np.exp(-rate * s.t_o), np.exp(-rate * v.t1)
    years, late = (1 - whole) / rate, (first - whole) / rate
    adapt = 1 + p.adaptation * (1 - p.adaptation_fall) ** t
    value = v.chip * adapt + p.ground_segment * (1 - p.ground_segment_fall) ** t
    value += v.c_plat
    insurance = v.u * np.maximum(f.loading * v.loss, v.k3 - v.loss)
    per_value = np.exp(0.5 * v.r_o) / (1 - v.loss) + insurance + s.ins * years * v.insures
    extra = p.operations * (1 - p.operations_fall) ** t * years + r.repair_cost * late + v.programme
    mandated = START + t >= r.removal_year
    if np.any(mandated):
        extra += np.where(mandated, s.removal * np.exp(-v.r_o * s.t_o), 0)
    least = x.mass.floor
    mass_b, mass_t = np.maximum(least, v.mass_b), np.maximum(least, v.mass_t)
    y_b = s.y * v.older
    y_t = y_b * s.f_sun
    c0_b = value * per_value + extra
    c0_t = c0_b - np.minimum(p.battery_share_limit * v.c_plat, s.saved) * per_value
    c1_b, c1_t = mass_b * per_value / 1000, mass_t * per_value / 1000
    pc_b, pc_t = c0_b + c1_b * v.price, c0_t + c1_t * v.price
    per_b, per_t = pc_b / y_b, pc_t / y_t
    battery = per_b <= per_t
    o.per_unit = np.where(battery, per_b, per_t)
    o.lcoc = o.per_unit / o.alive
    o.mass, o.mass_b = np.where(battery, mass_b, mass_t), mass_b
    if v.wins_only:
        return o
    worth = v.lcoc_g * o.alive
    o.break_even = np.maximum((worth * y_b - c0_b) / c1_b, (worth * y_t - c0_t) / c1_t)
    return o


def _tile(
    sampler: Sampler,
    sun: tuple[Array, ...],
    rng: np.random.Generator,
    b: int,
    work: Tree,
    out: Tree,
    wins_only: bool,
) -> None:
    """March `b` paths through all quarters, adding to the counts in `out`."""
    dtype = sampler.dtype
    x = sampler.draw(rng, work.z, work.factors)
    s = _static(x, sun, dtype)
    la, f, m, c, g, r, sc = (
        x.launch,
        x.finance,
        x.market,
        x.chips,
        x.ground,
        x.reliability,
        x.schedule,
    )
    gap_of, gap_own = sampler.events["chips.generation_gap"]
    stand_of, stand_own = sampler.events["launch.stand_down"]

    def fresh(value: Any) -> Array:
        return np.full(b, value, dtype)

    def normals(n: int) -> Array:
        return rng.standard_normal(n, dtype)

    def uniforms(n: int) -> Array:
        return rng.random(n, dtype)

    def ou(k: float, volatility: float) -> tuple[float, float]:
        return math.exp(-k * DT), volatility * math.sqrt((1 - math.exp(-2 * k * DT)) / (2 * k))

    ou_power = ou(g.power_reversion, g.power_volatility)
    ou_cycle = ou(m.cycle_reversion, m.cycle_volatility)
    ou_wacc = ou(f.wacc_reversion, f.wacc_volatility)
    enters, leaves = -math.expm1(-m.shortage_entry * DT), -math.expm1(-m.shortage_exit * DT)
    hardens, walk_step = -math.expm1(-f.market_loss * DT), c.cost_walk * math.sqrt(DT)

    onsite = uniforms(b) < sc.onsite_share
    adder = np.where(onsite, g.onsite_adder, 0).astype(dtype)
    shortage = uniforms(b) < m.shortage_entry / (m.shortage_entry + m.shortage_exit)
    gap = event(gap_of, c.generation_gap + gap_own * normals(b))
    waited = uniforms(b) * gap
    level = fresh(np.log(c.frontier_today))
    mass, flown = fresh(la.mass_today), fresh(x.platform.flown_today)
    per_year, k, stand = fresh(la.flights_today), fresh(0), fresh(0)
    walk, x_e, cycle, k2_ou = fresh(0), fresh(0), fresh(0), fresh(0)
    hard, run_a, run_c, back = fresh(0), *(np.zeros(b, np.int8) for _ in range(3))
    crossed_a, crossed_c = np.full(b, QUARTERS, np.int16), np.full(b, QUARTERS, np.int16)
    recrossed = np.zeros(b, bool)
    mass_b, mass_t, facility = fresh(s.mass_b), fresh(s.mass_t), fresh(g.facility_cost)
    trend, demand, onsite_delay = fresh(g.power_price), fresh(1), fresh(sc.onsite_delay)
    c6, die = c.ground_life, m.deviation_decay
    inflation, growth_rate = 1 + f.inflation, fresh(s.growth)

    for quarter in range(QUARTERS):
        t = quarter * DT
        k2 = np.maximum(f.wacc_floor, f.ground_wacc + k2_ou)
        k1 = np.minimum(f.orbit_wacc, k2 + f.orbit_spread)
        k1 = np.maximum(f.orbit_wacc - f.orbit_wacc_fall * t, k1)
        r_o, r_g = np.log((1 + k1) / inflation), np.log((1 + k2) / inflation)
        chip = c.cost_today * np.exp(walk)

        # Ground.
        e6 = np.exp(-r_g * c6)
        a6 = (1 - e6) / r_g
        chips = chip * np.exp(r_g * c.ground_lag) * (1 - s.kept * e6) / a6
        build = np.exp(r_g * g.construction * 0.5) * r_g / (1 - np.exp(-r_g * g.facility_life))
        rate = r_g - g.power_drift
        e_mu = e6 * s.mu_c6
        power = _series(rate, c6, e_mu)
        rate += g.power_reversion
        power += (np.exp(x_e) - 1) * (1 - e_mu * s.k_c6) / rate
        power *= trend / a6
        power += adder
        power *= 8.76 * np.maximum(g.pue_floor, g.pue * (1 - g.pue_fall) ** t)
        lcoc_g = chips + facility * (build + g.property_tax) + power + g.operations
        lcoc_g += (r.ground_chip_failure + g.property_tax * 0.5) * chip + g.externalities * 1e-3
        lcoc_g /= g.availability

        # Orbit.
        pi_f = la.failure_mature + s.new * np.exp(-la.reliability_exponent * np.log(1 + k))
        fade = 2 ** (-t / la.markup_half_life)
        mk = la.competitive_markup
        mk = mk + (np.maximum(la.outside_markup, 1) - mk) * fade
        if la.buyer == 1:
            mk = np.minimum(1 + la.owner_margin, mk)
        wright = la.cost_today * np.exp(-s.b * np.log(mass / la.mass_today))
        growth = np.log(flown / x.platform.flown_today)
        v = Tree(lcoc_g=lcoc_g, r_o=r_o, chip=chip, mass_b=mass_b, mass_t=mass_t, insures=1.0)
        v.wins_only = wins_only
        v.price = np.maximum(la.floor_cost, wright) * mk
        v.c_plat = x.platform.cost_today * np.exp(s.slope * growth)
        np.maximum(x.platform.floor, v.c_plat, out=v.c_plat)
        infant = r.infant_loss * np.exp((math.log(1 - r.infant_fall) / math.log(10)) * growth)
        v.loss = 1 - (1 - pi_f) * (1 - infant)
        v.u = np.where(pi_f > f.cover_limit, 0, f.insured_share)
        v.k3 = np.where(hard > 0, f.hard_market * f.launch_insurance, f.launch_insurance)
        v.t1 = np.clip(r.repair_year - (START + t), 0, s.t_o)
        c7 = np.maximum(c.orbit_lag * (1 - c.orbit_lag_fall) ** t, c.ground_lag)
        v.older, v.programme = np.exp(-s.growth * (c7 - c.ground_lag)), s.programme
        o = _orbit(x, s, v, t)
        ratio = o.lcoc / lcoc_g
        if quarter == 0:
            changed = {"loss": 0.02, "u": 0.0, "insures": 0.0, "older": 1.0, "programme": 0.0}
            mk0 = np.maximum(la.outside_markup, 1)
            changed["price"] = np.maximum(la.floor_cost, la.cost_today) * mk0
            out.published.append(_orbit(x, s, Tree(**vars(v) | changed), t).lcoc / lcoc_g)

        # Comparators.
        building = m.lasting_margin + (1 - m.lasting_margin) * 2 ** (-t / m.margin_half_life)
        kappa = 1 + m.scarcity_margin * building
        above = np.exp(cycle) * (1 + m.shortage_premium * shortage.astype(dtype)) - 1
        r_d = r_g + s.delta
        e_d = e6 * s.d_c6
        a_d = (1 - e_d) / r_d
        rent_g = a_d + above * (1 - e_d * s.f_c6) / (r_d + die)
        d_t1, f_t1 = np.exp(-s.delta * v.t1), np.exp(-die * v.t1)
        e1, e2, rate = o.e1 * d_t1, o.e2 * s.d_to / d_t1, r_o + s.delta
        rent_o = (1 - e1) / (rate + s.l1) + e1 * (1 - e2) / (rate + s.l2)
        e1, e2, rate = e1 * f_t1, e2 * s.f_to / f_t1, rate + die
        rent_o += above * ((1 - e1) / (rate + s.l1) + e1 * (1 - e2) / (rate + s.l2))
        price = kappa * lcoc_g * a6 / a_d
        npv_g, npv_o = price * rent_g - lcoc_g * a6, price * s.infant * rent_o - o.per_unit

        wait = np.minimum(
            sc.longest_congestion, sc.grid_congestion * sc.additions_today * (demand - 1)
        )
        d_g = np.where(onsite, onsite_delay, sc.grid_delay + wait)
        d_g = np.minimum(sc.longest_delay, (np.exp(sc.cancellation * d_g) - 1) / sc.cancellation)
        d_o = np.maximum(0, sc.development - t) + c7 + sc.commissioning + stand * DT
        lasts = (1 - np.exp(-r_g * s.t_o) * s.d_to) / r_d
        margin, swing = (kappa - 1) / (r_d * lasts), kappa * above / ((r_d + die) * lasts)
        waits = []
        for delay in (d_o, d_g):
            d = np.minimum(delay, s.t_o)
            e = np.exp(-r_d * d)
            w = 1 + margin * (1 - e) + swing * (1 - e * np.exp(-die * d))
            waits.append(np.maximum(m.least_wait_value, w))
        time_ratio = ratio * waits[0] / waits[1]

        # What is kept of the quarter.
        below, below_c = ratio < 1, time_ratio < 1
        out.below[0, quarter] += np.count_nonzero(below)
        out.below[1, quarter] += np.count_nonzero(npv_o > npv_g)
        out.below[2, quarter] += np.count_nonzero(below_c)
        if not wins_only:
            out.below[3, quarter] += np.count_nonzero(o.break_even > 0)
            out.below[4, quarter] += np.count_nonzero(npv_o > 0)
            out.below[5, quarter] += np.count_nonzero(npv_g > 0)
            bits = ratio.astype(np.float32).view(np.int32) >> (23 - 7)
            place = np.clip(bits - (127 + OCTAVES[0]) * PER_OCTAVE, 0, len(EDGES) - 2)
            out.histogram[quarter] += np.bincount(place, minlength=len(EDGES) - 1)
            run_a, run_c = (run_a + 1) * below, (run_c + 1) * below_c
            np.minimum(crossed_a, np.where(run_a == 4, quarter - 3, QUARTERS), out=crossed_a)
            np.minimum(crossed_c, np.where(run_c == 4, quarter - 3, QUARTERS), out=crossed_c)
            back = (back + 1) * (~below & (crossed_a < QUARTERS))
            recrossed |= back == 4
            if quarter in DATES:
                unit = s.per_unit * np.exp(-level)
                row = Tree(
                    ratio=ratio,
                    npv_orbit=npv_o,
                    npv_ground=npv_g,
                    time_ratio=time_ratio,
                    idle_chips_ratio=ratio * np.exp(-s.delta * np.maximum(0, d_g - d_o)),
                    break_even=o.break_even,
                    lcoc_orbit=o.lcoc,
                    lcoc_ground=lcoc_g,
                    launch_price=v.price,
                    failure_probability=pi_f,
                    specific_mass=o.mass,
                    platform_cost=v.c_plat,
                    flown_kw=flown.copy(),
                    flights=per_year.copy(),
                    launched_mass=mass.copy(),
                    delay_ground=d_g,
                    delay_orbit=d_o,
                    pflop_hour_orbit=o.lcoc * unit,
                    pflop_hour_ground=lcoc_g * unit,
                )
                for name in KEPT:
                    out.kept[name][quarter].append(getattr(row, name))
        if quarter == QUARTERS - 1:
            break

        # The quarter's events.
        rng.standard_normal(dtype=dtype, out=work.normals)
        rng.random(dtype=dtype, out=work.uniforms)
        z_ok, z_chip, z_power, z_cycle, z_wacc = work.normals
        u_loss, u_shortage, u_market = work.uniforms
        lam = per_year * (DT * np.maximum(0, 1 - stand))
        lf = lam * pi_f
        ls = lam - lf
        root = np.sqrt(ls)
        w = np.maximum(z_ok, -3 * root)
        n_ok = np.maximum(0, np.floor(ls + root * w + (2 + w * w) * (1 / 6)))
        n_ok[ls < 1e-5] = 0
        miss = np.exp(-lf)
        stand = np.maximum(0, stand - 1)
        hit = np.flatnonzero(u_loss > miss)
        if hit.size:
            months = event(stand_of, la.stand_down[hit] + stand_own * normals(hit.size))
            stand[hit] += months / 3 / np.sqrt(1 + k[hit] / la.stand_down_experience)
            k[hit] += lf[hit] / (1 - miss[hit])
        k += n_ok
        ramp = min(1.0, t / la.payload_ramp)
        lifted = n_ok * (la.payload_today + (la.payload_target - la.payload_today) * ramp)
        mass += lifted
        flown += s.share * lifted / o.mass_b
        per_year *= np.exp(s.rise * (1 - per_year / la.cadence_cap))
        walk += walk_step * z_chip + c.cost_drift * DT
        x_e = ou_power[0] * x_e + ou_power[1] * z_power
        cycle = ou_cycle[0] * cycle + ou_cycle[1] * z_cycle
        k2_ou = ou_wacc[0] * k2_ou + ou_wacc[1] * z_wacc
        shortage ^= u_shortage < np.where(shortage, leaves, enters)
        hard -= DT
        hard[u_market < hardens] = f.hard_market_years
        mass_b *= s.mass_fall
        mass_t *= s.mass_fall
        facility *= s.facility_rise
        trend *= s.power_rise
        demand *= s.demand_rise
        onsite_delay *= s.onsite_fall
        if wins_only:
            continue
        waited += DT
        due = np.flatnonzero(waited >= gap)
        if due.size:
            past = gap[due]
            jump = c.generation_walk * np.sqrt(past) * normals(due.size)
            level[due] += growth_rate[due] * past + jump
            waited[due] -= past
            gap[due] = event(gap_of, c.generation_gap[due] + gap_own * normals(due.size))
    if wins_only:
        return
    out.crossed.append(crossed_a)
    out.crossed_time.append(crossed_c)
    out.recrossed.append(recrossed)


def simulate(
    scenario: Scenario,
    n_paths: int,
    seed: int,
    dtype: Any = np.float32,
    tile: int = TILE,
    wins_only: bool = False,
) -> dict[str, Array]:
    """Counts and histogram by quarter, each path's metrics at DATES, its crossing, its R_pub.

    `below` counts by quarter R < 1, NPV_o > NPV_g, R_C < 1, p* > 0, NPV_o > 0 and NPV_g > 0;
    `wins_only` gives the first three rows of it and R_pub.
    """
    sampler, sun = Sampler(scenario, dtype), _sunlight()
    rng = np.random.Generator(np.random.SFC64(seed))
    out = Tree(published=[], crossed=[], crossed_time=[], recrossed=[])
    out.below = np.zeros((6, QUARTERS), np.int64)
    out.histogram = np.zeros((QUARTERS, len(EDGES) - 1), np.int64)
    out.kept = {name: {quarter: [] for quarter in DATES} for name in KEPT}
    work, size = Tree(), 0
    for first in range(0, n_paths, tile):
        b = min(tile, n_paths - first)
        if b != size:
            size = b
            work.z = np.empty((len(sampler.keys), b), dtype)
            work.factors = np.empty((len(sampler.root), b), dtype)
            work.normals, work.uniforms = np.empty((5, b), dtype), np.empty((3, b), dtype)
        _tile(sampler, sun, rng, b, work, out, wins_only)
    if wins_only:
        return {"below": out.below[:3], "published": np.concatenate(out.published)}
    kept = {name: np.stack([np.concatenate(v) for v in d.values()]) for name, d in out.kept.items()}
    paths = {
        name: np.concatenate(getattr(out, name))
        for name in ("published", "crossed", "crossed_time", "recrossed")
    }
    return {"below": out.below, "histogram": out.histogram} | kept | paths


def main() -> None:
    """Print speed and the headline probabilities."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=25 * TILE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", default="base")
    parser.add_argument("--double", action="store_true", help="float64 instead of float32")
    given = parser.parse_args()
    scenario, dtype = load(given.scenario), np.float64 if given.double else np.float32
    simulate(scenario, TILE, 0, dtype)
    began = time.perf_counter()
    found = simulate(scenario, given.paths, given.seed, dtype)
    took = time.perf_counter() - began
    print(f"{given.paths} paths in {took:.2f} s, {given.paths / took:.0f} paths/s on one thread")
    for i, (quarter, year) in enumerate(DATES.items()):
        low, middle, high = np.quantile(found["ratio"][i], (0.05, 0.5, 0.95))
        share = found["below"][:3, quarter] / given.paths * 100
        print(f"{year} R {low:.2f} {middle:.2f} {high:.2f}  P(A, B, C) % {share.round(4)}")


if __name__ == "__main__":
    main()
