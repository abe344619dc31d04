"""The float64 oracle: the whole path in plain Python, slow and obvious, independent of the model.

Every function states its equation and then computes it, one path and one quarter at a time, with
floats and the math module. Inputs come as a flat table of dotted keys in their declared units;
money is real, in k$ per kW of IT unless said otherwise; t is years since the start.
"""

import functools
import itertools
import math
from collections import namedtuple
from collections.abc import Callable, Sequence
from types import SimpleNamespace as Tree

DT, QUARTERS, START = 0.25, 60, 2026.75
RE, MU, J2, YEAR = 6378.137, 398600.4418, 1.08263e-3, 1.99099e-7  # km, km3/s2, 1, rad/s
SIGMA, G0 = 5.670374419e-8, 9.80665  # W/m2/K4, m/s2

type Values = dict[str, float]
type Event = Callable[[float], float]

# A way through the eclipse: mass today in kg/kW, availability, battery left out in kWh/kW.
Variant = namedtuple("Variant", "mass f_sun saved")
# What a vintage pays and risks at launch: p_L, loss, u of K_o, the drawn K3, C7_t, S16/K16.
Terms = namedtuple("Terms", "price loss u k3 lag programme")
# One variant of one vintage: PC_o = c0 + c1 p_L, y_o, A_o(x), LCOC_o, m_kW.
Orbit = namedtuple("Orbit", "c0 c1 pc y alive lcoc mass parts")


def tree(x: Values) -> Tree:
    """Inputs by group, so that x["launch.buyer"] reads x.launch.buyer."""
    made = Tree(**{key.split(".")[0]: Tree() for key in x})
    for key, value in x.items():
        group, name = key.split(".")
        setattr(getattr(made, group), name, float(value))
    return made


# orbit
@functools.cache
def dawn_dusk(h: int) -> tuple[float, float, float]:
    """(f_sun, f_w, t_ecl_max in min) of the dawn-dusk orbit at h km: yearly mean, worst orbit.

    cos i = -rate 2 a^3.5 / (3 J2 R^2 sqrt(mu)); RAAN = lambda + 90 deg;
    sin beta = cos(dec) sin(i) sin(RAAN - RA) + sin(dec) cos(i);
    f = acos(sqrt(h^2 + 2 R h) / ((R + h) cos beta)) / pi where |beta| < asin(R / (R + h)).
    """
    radius = RE + h
    cos_i = -YEAR * 2 * radius**3.5 / (3 * J2 * RE**2 * math.sqrt(MU))
    sin_i, tilt, f = math.sqrt(1 - cos_i**2), math.radians(23.44), []
    for day in range(365):
        lam = 2 * math.pi * day / 365
        dec = math.asin(math.sin(tilt) * math.sin(lam))
        ra = math.atan2(math.cos(tilt) * math.sin(lam), math.cos(lam))
        sine = math.cos(dec) * sin_i * math.sin(lam + math.pi / 2 - ra) + math.sin(dec) * cos_i
        beta = abs(math.asin(sine))
        edge = math.sqrt(h * h + 2 * RE * h) / (radius * math.cos(beta))
        f.append(math.acos(edge) / math.pi if beta < math.asin(RE / radius) else 0.0)
    period = 2 * math.pi * math.sqrt(radius**3 / MU) / 60
    return 1 - sum(f) / 365, 1 - max(f), max(f) * period


def sunlight(altitude: float) -> list[float]:
    """The same at any altitude: tabulated every kilometre, 300 to 2000, linear in between."""
    place = min(max(altitude, 300.0), 2000.0)
    h = min(int(place), 1999)
    pairs = zip(dawn_dusk(h), dawn_dusk(h + 1), strict=True)
    return [low + (place - h) * (high - low) for low, high in pairs]


# launch
def failure(x: Tree, k: float) -> float:
    """pi_f = mature + (max(new, mature) - mature) (1 + k)^-exponent."""
    new, mature = x.launch.failure_new, x.launch.failure_mature
    return mature + (max(new, mature) - mature) * (1 + k) ** -x.launch.reliability_exponent


def launch_price(x: Tree, mass: float, t: float, buyer: float) -> float:
    """p_L = max(floor, P0 (M/M0)^-b) mk, b = -log2(1 - LR).

    Outside buyer: mk = c + (max(m, 1) - c) 2^(-t/half-life); owner: min(1 + O, that).
    """
    b, c = -math.log2(1 - x.launch.learning_rate), x.launch.competitive_markup
    wright = x.launch.cost_today * (mass / x.launch.mass_today) ** -b
    mk = c + (max(x.launch.outside_markup, 1) - c) * 2 ** (-t / x.launch.markup_half_life)
    if buyer == 1:
        mk = min(1 + x.launch.owner_margin, mk)
    return max(x.launch.floor_cost, wright) * mk


def counts(lam: float, pi_f: float, z: float, u: float, collapsed: bool) -> tuple[float, ...]:
    """(n_ok, n_bad, hit). ls = lam (1 - pi_f), lf = lam pi_f, w = max(z, -3 sqrt(ls)).

    n_ok = max(0, floor(ls + sqrt(ls) w + (2 + w^2)/6)), 0 where ls < 1e-5;
    hit = u > exp(-lf), n_bad = hit lf/(1 - exp(-lf)). Collapsed: means, and nothing grounds.
    """
    ls, lf = lam * (1 - pi_f), lam * pi_f
    if collapsed:
        return ls, lf, 0.0
    w = max(z, -3 * math.sqrt(ls))
    n_ok = max(0, math.floor(ls + math.sqrt(ls) * w + (2 + w * w) / 6)) if ls >= 1e-5 else 0
    hit = u > math.exp(-lf)
    return float(n_ok), lf / -math.expm1(-lf) if hit else 0.0, float(hit)


# satellite
def lives(x: Tree) -> tuple[float, float]:
    """(R9, T_o): R9 = clip(min(bus life, C6 x running on)), T_o = min(R9, 1000 R8/R7)."""
    r = x.reliability
    r9 = min(r.bus_life, x.chips.ground_life * r.running_on)
    r9 = min(max(r9, r.shortest_life), r.longest_life)
    return r9, min(r9, 1000 * r.dose_limit / r.dose)


def variants(x: Tree) -> tuple[Variant, Variant]:
    """Mass budget per kW of IT of (battery, throttle).

    P_bus = 1 + S12; P_arr = P_bus [f_w + (1 - f_w)/0.9]/f_w / (1 - d_s)^(R9/2), or f_w = 1;
    E_batt = P_bus t_ecl/60/DoD; q_rad = 0.9 2 eps sigma T^4 (1 - S11); A_rad = P_bus margin/q_rad;
    m_dry = (arr + batt + rad + chip + shield + bus)(1 + k); m_prop = m_dry (exp(dv/(g0 Isp)) - 1).
    """
    p, th, m = x.power, x.thermal, x.mass
    f_sun, f_w, t_ecl = sunlight(x.orbit.altitude)
    p_bus = 1 + p.parasitic
    p_thr = p_bus / (1 - p.array_fade) ** (lives(x)[0] / 2)
    p_bat = p_thr * (f_w + (1 - f_w) / p.charge_efficiency) / f_w
    e_batt = p_bus * t_ecl / 60 / p.depth_of_discharge
    q_rad = th.view * 2 * th.emissivity * SIGMA * th.temperature**4 * (1 - th.absorbed)
    m_rad = p_bus * 1000 / q_rad * th.margin * th.areal_mass

    def flown(p_arr: float, e: float) -> float:
        m_arr, m_batt = p_arr * 1000 / p.array_specific_power, e * 1000 / p.battery_specific_energy
        m_dry = (m_arr + m_batt + m_rad + m.chips + m.shield + m.bus) * (1 + m.structure)
        m_prop = m_dry * (math.exp(m.delta_v / (G0 * m.specific_impulse)) - 1)
        return (m_dry + m_prop) * m.residual

    return Variant(flown(p_bat, e_batt), 1.0, 0.0), Variant(flown(p_thr, 0.0), f_sun, e_batt)


def specific_mass(x: Tree, v: Variant, t: float) -> float:
    """m_kW = max(7, m (1 - mi)^t)."""
    return max(x.mass.floor, v.mass * (1 - x.mass.yearly_fall) ** t)


def platform_cost(x: Tree, flown: float) -> float:
    """C_plat = max(1.5, S13 (Ccum/C0)^log2(1 - S14)), battery included."""
    growth, p = flown / x.platform.flown_today, x.platform
    return max(p.floor, p.cost_today * growth ** math.log2(1 - p.learning_rate))


# orbit vintage
def a(r: float, life: float) -> float:
    """a(x,T) = (1 - exp(-xT))/x."""
    if abs(r * life) < 1e-4:
        return life * (1 - r * life / 2)
    return -math.expm1(-r * life) / r


def real(x: Tree, wacc: float) -> float:
    """r = ln((1 + WACC)/1.023)."""
    return math.log((1 + wacc) / (1 + x.finance.inflation))


def survival(x: Tree, lam_s: float, t1: float, t_o: float) -> Callable[[float], float]:
    """A_o(x) = exp(-R4/4) [a(x + l1,T1) + exp(-(x + l1) T1) a(x + l2,T_o - T1)].

    l1 = lam_s + R4, l2 = lam_s + 0.4 R4; chip loss starts at age ln(1 + R11)/R4 with spares.
    """
    r = x.reliability
    r4 = r.ground_chip_failure * r.orbit_multiplier * r.blast_radius
    spare = math.log1p(r.spares) / r4 if r.spares > 0 and r4 > 0 else 0.0
    ages = sorted({0.0, min(spare, t_o), t1, t_o})

    def annuity(rate: float) -> float:
        total, weight = 0.0, math.exp(-r4 / 4)
        for begin, end in itertools.pairwise(ages):
            chips = 0.0 if begin < spare else r4 * (1 - r.repair_effect if begin >= t1 else 1)
            total += weight * a(rate + lam_s + chips, end - begin)
            weight *= math.exp(-(rate + lam_s + chips) * (end - begin))
        return total

    return annuity


def compute(x: Tree, v: Variant, lag: float) -> float:
    """y_o = R10 (f_sun if throttle)(1 - R6 z_storm)(MFU_o/MFU_g) e(t - C7)/e(t - C11)."""
    c, r = x.chips, x.reliability
    z_storm = 1 + r.storm_share * (r.storm_multiplier - 1)
    mfu = c.orbit_training / c.ground_training if c.workload == 1 else c.orbit_inference_share
    older = math.exp(-math.log(1 + c.frontier_growth) * (lag - c.ground_lag))
    return r.availability * v.f_sun * (1 - r.silent_errors * z_storm) * mfu * older


def orbit(
    x: Tree, v: Variant, t: float, c_chip: float, flown: float, r_o: float, k: Terms
) -> Orbit:
    """LCOC_o = PC_o/(y_o A_o(r_o)).

    V_o = C_chip (1 + S15 0.95^t)(1 + R11) + C_plat,v + p_L m_kW,v/1000 + K15 0.95^t;
    K_o = V_o [exp(0.5 r_o)/(1 - loss) + u max(0.25 loss, K3 - loss)] + S16/K16;
    PC_o = K_o + (K5 0.98^t + ins V_o) a(r_o + lam_s,T_o)
         + 0.3 exp(-(r_o + lam_s) T1) a(r_o + lam_s,T_o - T1) + removal,
    removal = (1 - success) cost 1000/120 exp(-r_o T_o) on vintages from the mandated date on.
    """
    p, r, f = x.platform, x.reliability, x.finance
    _, t_o = lives(x)
    t1 = min(max(r.repair_year - (START + t), 0.0), t_o)
    lam_s = r.satellite_hazard + r.collision_hazard + r.burst_hazard
    ins = f.insured_share * max(f.loading * lam_s, f.orbit_insurance - lam_s)

    c_plat = platform_cost(x, flown)
    c_plat -= min(p.battery_share_limit * c_plat, p.battery_cost * v.saved)
    c_chips = c_chip * (1 + p.adaptation * (1 - p.adaptation_fall) ** t) * (1 + r.spares)
    value0 = c_chips + c_plat + p.ground_segment * (1 - p.ground_segment_fall) ** t
    mass = specific_mass(x, v, t)

    insurance = k.u * max(f.loading * k.loss, k.k3 - k.loss)
    years = a(r_o + lam_s, t_o)
    per_value = math.exp(0.5 * r_o) / (1 - k.loss) + insurance + ins * years
    operations = p.operations * (1 - p.operations_fall) ** t * years
    repair = r.repair_cost * math.exp(-(r_o + lam_s) * t1) * a(r_o + lam_s, t_o - t1)
    removal = (1 - r.disposal_success) * r.removal_cost * 1000 / r.satellite_power
    removal *= math.exp(-r_o * t_o) if START + t >= r.removal_year else 0.0

    c0, c1 = value0 * per_value + k.programme + operations + repair + removal, mass / 1000
    c1 *= per_value
    pc, y, alive = c0 + c1 * k.price, compute(x, v, k.lag), survival(x, lam_s, t1, t_o)
    parts = c_chips * per_value, (value0 - c_chips) * per_value, c1 * k.price
    per_year = y * alive(r_o)
    return Orbit(c0, c1, pc, y, alive, pc / per_year, mass, [part / per_year for part in parts])


# ground vintage
def ground(x: Tree, t: float, c_chip: float, x_e: float, r: float, onsite: bool) -> list[float]:
    """Chips, building, power and the rest, whose sum is

    LCOC_g = [C_chip exp(r C11)(1 - exp(-(C5 + r) C6))/a(r,C6) + fac exp(r b_g/2)/a(r,G2)
    + (p_lev + G12) 8.76 PUE + G5 + R5 C_chip + G11 (C_chip/2 + fac) + K14/1000]/G7;
    p_lev = G3 exp(mu t) [a(r - mu,C6) + (exp(x_E) - 1) a(r - mu + 0.5,C6)]/a(r,C6).
    """
    g, c, mu, c6 = x.ground, x.chips, x.ground.power_drift, x.chips.ground_life
    kept = 1 - math.exp(-(c.resale_decay + r) * c6)
    chips = c_chip * math.exp(r * c.ground_lag) * kept / a(r, c6)
    fac = g.facility_cost * math.exp(g.facility_drift * t)
    facility = fac * math.exp(r * g.construction / 2) / a(r, g.facility_life)
    level = a(r - mu, c6) + (math.exp(x_e) - 1) * a(r - mu + g.power_reversion, c6)
    p_lev = g.power_price * math.exp(mu * t) * level / a(r, c6)
    pue = max(g.pue_floor, g.pue * (1 - g.pue_fall) ** t)
    power = (p_lev + (g.onsite_adder if onsite else 0.0)) * 8.76 * pue
    spares, tax = x.reliability.ground_chip_failure * c_chip, g.property_tax * (c_chip / 2 + fac)
    rest = g.operations + spares + tax + g.externalities / 1000
    return [part / g.availability for part in (chips, facility, power, rest)]


def ground_delay(x: Tree, t: float, onsite: bool) -> float:
    """D_g = min(15, (exp(c D) - 1)/c): D behind the meter exp(-G10 t), or on the grid

    + min(2, 0.02 10 ((1 + K11)^t - 1)).
    """
    s = x.schedule
    more = s.additions_today * ((1 + s.demand_growth) ** t - 1)
    delay = s.grid_delay + min(s.longest_congestion, s.grid_congestion * more)
    if onsite:
        delay = s.onsite_delay * math.exp(-s.onsite_speed_up * t)
    c = s.cancellation
    return min(s.longest_delay, (math.exp(c * delay) - 1) / c if c > 0 else delay)


# comparators
def price_decay(x: Tree) -> float:
    """delta = max(0.02, ln(1 + C2) - 0.75 C1drift - 0.15 G1drift)."""
    costs = x.market.chip_weight * x.chips.cost_drift
    costs += x.market.facility_weight * x.ground.facility_drift
    return max(x.market.slowest_decay, math.log(1 + x.chips.frontier_growth) - costs)


def comparators(
    x: Tree, t: float, o: Orbit, lcoc_g: float, rates: tuple, above: float, delays: tuple
) -> Values:
    """R = LCOC_o/LCOC_g; above = X; rates r_o, r_g; delays D_o, D_g;

    kappa = 1 + C10 (0.3 + 0.7 2^(-t/5)); p* = (LCOC_g y_o A_o(r_o) - c0)/c1;
    NPV_j = kappa rho* [A_j(r_j + delta) + X A_j(r_j + delta + 0.75)] - cost of one unit delivered,
    rho* = LCOC_g a(r_g,C6)/a(r_g + delta,C6); R_C = R w(D_o)/w(D_g), D' = min(D,T_o),
    w = max(0.5, 1 + [(kappa - 1) a(r_g + delta,D') + kappa X a(r_g + delta + 0.75,D')]
                     / a(r_g + delta,T_o)).
    """
    m, c6, delta, t_o = x.market, x.chips.ground_life, price_decay(x), lives(x)[1]
    (r_o, r_g), (d_o, d_g) = rates, delays
    lasting = m.lasting_margin + (1 - m.lasting_margin) * 2 ** (-t / m.margin_half_life)
    kappa, die = 1 + m.scarcity_margin * lasting, m.deviation_decay
    price = kappa * lcoc_g * a(r_g, c6) / a(r_g + delta, c6)
    rent_o = o.alive(r_o + delta) + above * o.alive(r_o + delta + die)
    rent_g = a(r_g + delta, c6) + above * a(r_g + delta + die, c6)

    def w(delay: float) -> float:
        d, r = min(delay, t_o), r_g + delta
        rent = (kappa - 1) * a(r, d) + kappa * above * a(r + die, d)
        return max(m.least_wait_value, 1 + rent / a(r, t_o))

    return {
        "ratio": o.lcoc / lcoc_g,
        "price": price,
        "sold_orbit": price * rent_o,
        "sold_ground": price * rent_g,
        "npv_orbit": price * rent_o - o.pc / o.y,
        "npv_ground": price * rent_g - lcoc_g * a(r_g, c6),
        "time_ratio": o.lcoc / lcoc_g * w(d_o) / w(d_g),
        "idle_chips_ratio": math.exp(-delta * max(0.0, d_g - d_o)) * o.lcoc / lcoc_g,
        "break_even": (lcoc_g * o.y * o.alive(r_o) - o.c0) / o.c1,
    }


# the path
def reverting(state: float, k: float, volatility: float, z: float) -> float:
    """x exp(-k dt) + sigma sqrt((1 - exp(-2 k dt))/(2 k)) z."""
    spread = math.sqrt((1 - math.exp(-2 * k * DT)) / (2 * k))
    return state * math.exp(-k * DT) + volatility * spread * z


def path(
    x: Values,
    starts: Values,
    shocks: Sequence[Values],
    *,
    stand_down: Event,
    generation_gap: Event,
    flights: Sequence[tuple[float, float, float]] | None = None,
    collapsed: bool = False,
) -> list[Values]:
    """Outcome of each quarter; `flights`, (n_ok, n_bad, hit) a step, replaces the counts drawn."""
    y = tree(x)
    la, f, m, c, g, s_ = y.launch, y.finance, y.market, y.chips, y.ground, y.schedule
    onsite, growth = starts["behind_meter"] < s_.onsite_share, math.log(1 + c.frontier_growth)
    battery, throttle = variants(y)
    mass, per_year, k, s = la.mass_today, la.flights_today, 0.0, 0.0  # M, F, k, s in quarters
    flown, walk, x_e, cycle, k2_ou, hard = y.platform.flown_today, 0.0, 0.0, 0.0, 0.0, 0.0
    entry = m.shortage_entry / (m.shortage_entry + m.shortage_exit)
    shortage = starts["shortage"] < entry and not collapsed
    gap = generation_gap(starts["generation_gap"])
    waited, level = starts["generation_phase"] * gap, math.log(c.frontier_today)
    quarters = []
    for quarter in range(QUARTERS):
        # The quarter's costs, from the state before its flights.
        t = quarter * DT
        k2 = max(f.wacc_floor, f.ground_wacc + k2_ou)
        k1 = max(f.orbit_wacc - f.orbit_wacc_fall * t, min(f.orbit_wacc, k2 + f.orbit_spread))
        r_o, r_g = real(y, k1), real(y, k2)
        c_chip = c.cost_today * math.exp(c.cost_drift * t + walk)
        pi_f, p_l = failure(y, k), launch_price(y, mass, t, la.buyer)
        decades = math.log10(max(1.0, flown / y.platform.flown_today))
        r1 = y.reliability.infant_loss * (1 - y.reliability.infant_fall) ** decades
        loss = 1 - (1 - pi_f) * (1 - r1)
        u = 0.0 if pi_f > f.cover_limit else f.insured_share
        k3 = f.launch_insurance * (f.hard_market if hard > 0 else 1.0)
        c7 = max(c.orbit_lag * (1 - c.orbit_lag_fall) ** t, c.ground_lag)
        terms = Terms(p_l, loss, u, k3, c7, y.platform.programme / y.platform.programme_size)
        both = [orbit(y, v, t, c_chip, flown, r_o, terms) for v in (battery, throttle)]
        parts_g = ground(y, t, c_chip, x_e, r_g, onsite)
        lcoc_g = sum(parts_g)
        above = math.exp(cycle) * (1 + m.shortage_premium * shortage) - 1
        d_g = ground_delay(y, t, onsite)
        d_o = max(0.0, s_.development - t) + c7 + s_.commissioning + s * DT
        each = [comparators(y, t, o, lcoc_g, (r_o, r_g), above, (d_o, d_g)) for o in both]
        o, out = min(zip(both, each, strict=True), key=lambda one: one[0].lcoc)
        mfu_g = c.ground_training if c.workload == 1 else c.ground_inference
        unit = 1000 / (8760 * math.exp(level - growth * c.ground_lag) * mfu_g)
        out |= {
            "break_even": max(one["break_even"] for one in each),
            "lcoc_orbit": o.lcoc,
            "lcoc_ground": lcoc_g,
            **dict(zip(("chips_orbit", "platform_orbit", "launch_orbit"), o.parts, strict=True)),
            **dict(zip(("chips_ground", "building_ground", "power_ground"), parts_g, strict=False)),
            "pflop_hour_orbit": o.lcoc * unit,
            "pflop_hour_ground": lcoc_g * unit,
            "launch_price": p_l,
            "failure_probability": pi_f,
            "specific_mass": o.mass,
            "platform_cost": platform_cost(y, flown),
            "flown_kw": flown,
            "flights": per_year,
            "launched_mass": mass,
            "delay_ground": d_g,
            "delay_orbit": d_o,
        }
        quarters.append(out)
        if quarter == QUARTERS - 1:
            break

        # The quarter's events.
        z, lam = shocks[quarter], per_year * DT * max(0.0, 1 - s)
        n_ok, n_bad, hit = counts(lam, pi_f, z["successes"], z["losses"], collapsed)
        if flights is not None:
            n_ok, n_bad, hit = flights[quarter]
        out |= {"n_ok": n_ok, "n_bad": n_bad, "hit": hit}
        shorter = (1 + k / la.stand_down_experience) ** -0.5
        s = max(0.0, s - 1) + hit * stand_down(z["stand_down"]) / 3 * shorter
        k += n_ok + n_bad
        ramp = min(1.0, t / la.payload_ramp)
        lifted = n_ok * (la.payload_today + (la.payload_target - la.payload_today) * ramp)
        mass += lifted
        flown += la.compute_share * la.filled_share * lifted * 1000 / specific_mass(y, battery, t)
        rise = math.log(1 + la.cadence_growth) * (1 - per_year / la.cadence_cap)
        per_year *= math.exp(rise * DT)
        walk += c.cost_walk * math.sqrt(DT) * z["chip_price"]
        x_e = reverting(x_e, g.power_reversion, g.power_volatility, z["power_price"])
        cycle = reverting(cycle, m.cycle_reversion, m.cycle_volatility, z["cycle"])
        k2_ou = reverting(k2_ou, f.wacc_reversion, f.wacc_volatility, z["wacc"])
        rate = m.shortage_exit if shortage else m.shortage_entry
        if z["shortage"] < 1 - math.exp(-rate * DT) and not collapsed:
            shortage = not shortage
        hard = max(0.0, hard - DT)
        if z["insurance"] < 1 - math.exp(-f.market_loss * DT) and not collapsed:
            hard = f.hard_market_years
        waited += DT
        if waited >= gap:
            jump = c.generation_walk * math.sqrt(gap) * z["generation_level"]
            level, waited = level + growth * gap + jump, waited - gap
            gap = generation_gap(z["generation_gap"])
    return quarters


def published_ratio(x: Values, starts: Values, loss: float = 0.02) -> float:
    """R_pub: R at t = 0, outside buyer, C7 = C11, no NRE, the given loss, u = 0."""
    y = tree(x | {"finance.insured_share": 0.0})
    price = launch_price(y, y.launch.mass_today, 0.0, buyer=0)
    terms = Terms(price, loss, 0.0, 0.0, y.chips.ground_lag, 0.0)
    c_chip, r_o = y.chips.cost_today, real(y, y.finance.orbit_wacc)
    r_g = real(y, max(y.finance.wacc_floor, y.finance.ground_wacc))
    both = [orbit(y, v, 0.0, c_chip, y.platform.flown_today, r_o, terms) for v in variants(y)]
    onsite = starts["behind_meter"] < y.schedule.onsite_share
    return min(o.lcoc for o in both) / sum(ground(y, 0.0, c_chip, 0.0, r_g, onsite))
