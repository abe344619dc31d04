"""The float64 oracle of the fleets: every cohort apart, by its age, in plain Python.

The market that a fleet meets is given by quarter (prices, flights, masses); everything that the
fleets and the sponsor make of it is computed here, independently of the model: a list of cohorts
instead of sums with a lag, one project stage after the other, one payment after the other. kW,
k$ and B$ as the names say; t is years since the start.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace as Tree

from tests.reference import DT, RE, START, Values, lives, real, sunlight, tree

STAGES = 4  # of a ground project before power
M_KUSD = 1e6  # k$ in a B$


@dataclass
class Cohort:
    """Satellites launched together."""

    born: int  # quarter of launch
    satellites: float  # kW alive
    chips: float  # kW alive
    lag: float  # e(t - C7) / e(t - C11) at launch
    operations: float  # k$/kW-yr
    light: float


@dataclass
class Rack:
    """Ground chips bought together."""

    left: int  # quarters of life left at the start of a quarter
    kw: float


def count(mean: float, z: float) -> float:
    """n = max(0, floor(m + sqrt(m) w + (2 + w^2)/6)), w = max(z, -3 sqrt(m)); 0 for m < 1e-5."""
    w = max(z, -3 * math.sqrt(mean))
    return (
        max(0.0, math.floor(mean + math.sqrt(mean) * w + (2 + w * w) / 6)) if mean >= 1e-5 else 0.0
    )


def kept(kw: float, unit: float, loss: float, z: float) -> float:
    """Share of a capacity left when whole units are lost, each with this probability."""
    return 1 - min(1.0, count(loss * kw / unit, z) * unit / kw) if kw > 0 else 1.0


def chip_survival(x: Tree, date: float, years: float) -> float:
    """exp(-integral of R4 (1 - 0.6 from R12 on)) over these years."""
    r = x.reliability
    rate = r.ground_chip_failure * r.orbit_multiplier * r.blast_radius
    bare = min(max(r.repair_year - date, 0.0), years)
    return math.exp(-rate * (bare + (1 - r.repair_effect) * (years - bare)))


def reverting(x: float, k: float, volatility: float, z: float) -> float:
    """x exp(-k dt) + sigma sqrt((1 - exp(-2 k dt))/(2 k)) z."""
    return x * math.exp(-k * DT) + volatility * math.sqrt((1 - math.exp(-2 * k * DT)) / (2 * k)) * z


def grown(rate: float, fade: float, t: float) -> float:
    """exp(integral of ln(1 + rate) exp(-fade s)) up to t."""
    return math.exp(math.log(1 + rate) * (t if fade == 0 else -math.expm1(-fade * t) / fade))


def classes(x: Tree) -> tuple[float, list[tuple[float, float, float]]]:
    """(added delay, [(share of demand, part that orbit can serve, utilisation over ground's)]).

    Gamma_max = 3600 B/(8e9 u P) for P = 1 MW; delay = mean of zenith and 25 degrees, and queue.
    """
    s, c, h = x.service, x.chips, x.orbit.altitude
    low = math.sin(math.radians(25)) * RE
    slant = math.sqrt(low**2 + h * h + 2 * RE * h) - low
    delay = (h + slant) / 299792.458 + s.queueing_delay
    gamma = 3600 * s.downlink * 1e9 * s.optical_availability / (8e9 * s.compute_use * 1000)
    able = [
        min(1.0, gamma / d) for d in (s.tolerant_density, s.interactive_density, s.training_density)
    ]
    if delay > s.interactive_limit:
        able[1] = 0.0
    inference = 1 - s.training_share
    shares = (inference * s.tolerant_share, inference * (1 - s.tolerant_share), s.training_share)
    uses = (c.orbit_inference_share,) * 2 + (c.orbit_training / c.ground_training,)
    return delay, list(zip(shares, able, uses, strict=True))


def plain_delay(x: Tree, t: float, onsite: bool) -> float:
    """Decision to first power of a site that nobody cancels (5.10 without restarts)."""
    s = x.schedule
    if onsite:
        return s.onsite_delay * math.exp(-s.onsite_speed_up * t)
    queue = s.grid_congestion * s.additions_today * ((1 + s.demand_growth) ** t - 1)
    return s.grid_delay + min(s.longest_congestion, queue)


def fleet(
    table: Values,
    onsite: bool,
    capital_u: float,
    market: Sequence[Values],
    shocks: Sequence[Values],
    burst_loss: Callable[[float], float],
) -> list[Values]:
    """What each quarter shows: the state at its start, and what bounds its launches."""
    x = tree(table)
    fl, de, qu, sp, r, la = x.fleet, x.demand, x.queue, x.sponsor, x.reliability, x.launch
    g, c, space, platform = x.ground, x.chips, x.space, x.platform
    growth = math.log(1 + c.frontier_growth)
    life = int(min(max(math.floor(lives(x)[1] / DT + 0.5), 1), 40))
    rack_life = int(min(max(math.floor(c.ground_life / DT + 0.5), 1), 32))
    hazard = r.satellite_hazard + r.collision_hazard
    storm_mean = 1 + r.storm_share * (r.storm_multiplier - 1)
    r4 = r.ground_chip_failure * r.orbit_multiplier * r.blast_radius
    delay_added, kinds = classes(x)
    f_sun = sunlight(x.orbit.altitude)[0]
    r_o, r_g = real_rates(x)

    cohorts: list[Cohort] = []
    racks = [Rack(k + 1, de.owned_today * 1e6 / rack_life) for k in range(rack_life)]
    launched = lost = retired = rack_retired = stranded = generations = 0.0
    others, powered = platform.flown_today, de.owned_today * 1e6
    flow0, d0 = de.share * x.schedule.additions_today * 1e6, plain_delay(x, 0.0, onsite)
    stages = [flow0 * d0 / STAGES] * STAGES
    energising = flow0 * max(DT, qu.full_power / 2)
    ordered, cancelled = sum(stages) + energising, 0.0
    installed, additions = de.installed_today, x.schedule.additions_today
    share_left = 1 - r.silent_errors * storm_mean
    money = dict.fromkeys(("orbit_cash", "ground_cash", "orbit_npv", "ground_npv"), 0.0)
    cash = sp.funds * sp.cash_share
    capacity, debt, raises, failed, ruined = sp.funds - cash, sp.debt_today, 0.0, 0.0, False
    bad = capital_u < sp.bad_entry / (sp.bad_entry + sp.bad_exit)
    core, contracts, value, assets, cash_in, cash_out = 0.0, 2, 0.0, sp.ai_assets, cash, 0.0
    quarters = []
    for q, (m, e) in enumerate(zip(market, shocks, strict=True)):
        t = q * DT
        date = START + t
        # what a quarter shows of its start
        satellites = sum(one.satellites for one in cohorts)
        chips = sum(one.chips for one in cohorts)
        orbit_kw = min(satellites, chips)
        frontier = c.frontier_today * math.exp(growth * (t - c.ground_lag))
        relative = sum(
            one.chips * one.lag * math.exp(-growth * DT * (q - one.born - 1)) for one in cohorts
        )
        relative *= orbit_kw / chips if chips > 0 else 0.0
        ground_kw = sum(rack.kw for rack in racks)
        ground_relative = sum(k.kw * math.exp(-growth * DT * (rack_life - k.left)) for k in racks)
        target = 1e6 * (de.owned_today + de.share * (installed - de.installed_today))
        left, served, sold = orbit_kw, [], 0.0
        for share, able, use in kinds:
            given = min(left, share * able * target)
            left -= given
            served.append(given / (share * target))
            sold += given * use
        sold = sold / orbit_kw if orbit_kw > 0 else 0.0
        allowed = fl.licence_cap if date >= fl.licence_year else 0.0

        # the sponsor's plan
        goes_on = 0.0 if ruined else 1.0
        ebitda = sp.core_ebitda * grown(sp.ebitda_growth, sp.core_fade, t) * (1 + core)
        core_capex = (sp.core_ebitda - sp.core_cash) * grown(sp.capex_growth, sp.core_fade, t)
        plan_level = grown(sp.plan_growth, sp.plan_fade, t) * goes_on
        rented, burn, plan = (
            sp.contracts * contracts / 2,
            sp.burn * plan_level,
            sp.plan * plan_level,
        )
        budget = 0.0
        if not ruined and cash > 0:
            budget = (plan + sp.spend_rate * cash) * DT * M_KUSD

        # ground: what leaves, what the queue brings
        price = g.power_price * math.exp(g.power_drift * t + m["power_price"])
        price += g.onsite_adder if onsite else 0.0
        pue = max(g.pue_floor, g.pue * (1 - g.pue_fall) ** t)
        running = price * 8.76 * pue + g.operations
        running += r.ground_chip_failure * m["chip_cost"] + g.externalities / 1000
        pays = max(0.0, math.log(m["rent"] / running)) / max(growth, 1e-3)
        due = early = 0.0
        for rack in racks:
            if rack.left == 1:
                due += rack.kw
                continue
            # a place is left early where its age, in quarters, is above what still pays
            gone = rack.kw * min(1.0, max(0.0, rack_life - 1 - pays / DT - (rack.left - 2)))
            early += gone
            rack.kw -= gone
        racks = [Rack(k.left - 1, k.kw) for k in racks if k.left > 1]
        delay = plain_delay(x, t, onsite)
        survive = math.exp(-x.schedule.cancellation * DT)
        waiting = sum(stages)
        step = goes_on * min(1.0, STAGES * DT / max(delay, DT))
        stages = [stage * survive for stage in stages]
        cancelled += waiting * (1 - survive)
        moves = [step * stage for stage in stages]
        whole = qu.project_size * 1e6
        moves[-1] = min(stages[-1], count(moves[-1] / whole, e["completions"]) * whole)
        power = goes_on * energising * min(1.0, DT / max(qu.full_power / 2, DT))
        energising += moves[-1] - power
        stages = [s - out + new for s, out, new in zip(stages, moves, [0.0, *moves], strict=False)]
        powered += power
        site = g.facility_cost * math.exp(g.facility_drift * t)
        dues = site * sum(moves) / STAGES + qu.carrying * waiting * site * DT
        programme = 0.0
        if t < x.schedule.development and not ruined:
            part = min(DT, x.schedule.development - t) / x.schedule.development
            programme = platform.programme * M_KUSD * part
        free = max(0.0, budget - dues - programme)

        # orbit: every cap, then what flies and what of it works
        pay = la.payload_today + (la.payload_target - la.payload_today) * min(
            1, t / la.payload_ramp
        )
        per_flight = pay * 1000 / m["specific_mass"]
        attempts = m["n_ok"] + m["n_bad"]
        saved = (
            0.0
            if m["battery"]
            else min(
                platform.battery_share_limit * m["platform_cost"],
                platform.battery_cost * battery_kwh(x),
            )
        )
        value_kw = m["chip_cost"] * (1 + platform.adaptation * (1 - platform.adaptation_fall) ** t)
        value_kw = value_kw * (1 + r.spares) + m["platform_cost"] - saved
        value_kw += m["launch_price"] * m["specific_mass"] / 1000
        value_kw += platform.ground_segment * (1 - platform.ground_segment_fall) ** t
        ready = t >= x.schedule.development
        eligible = sum(share * able for share, able, _ in kinds)
        wanted = max(0.0, target * min(fl.orbit_share, eligible) - orbit_kw)
        limits = {
            "lift": attempts * per_flight * la.compute_share * fl.lift_share if ready else 0.0,
            "licence": max(0.0, allowed * r.satellite_power - satellites),
            "factory": fl.factory_today * (1 + fl.factory_growth) ** t * DT if ready else 0.0,
            "cash": free / value_kw,
        }
        cap = min(limits.values())
        flies = max(0.0, min(wanted, cap))
        up = flies * (m["n_ok"] / attempts if attempts > 0 else 0.0)
        dead = 1 - (1 - m["loss"]) / (1 - m["failure_probability"])
        works = up * kept(up, r.satellite_power, dead, e["infant"])
        stays = kept(satellites, r.satellite_power, 1 - math.exp(-hazard * DT), e["satellites"])
        burst = 1.0
        if e["burst"] < 1 - math.exp(-space.burst_rate * DT):
            burst -= burst_loss(e["burst_size"])

        show = {
            "orbit_kw": orbit_kw,
            "orbit_launched_kw": launched,
            "orbit_lost_kw": lost,
            "orbit_retired_kw": retired,
            "orbit_chips_kw": chips,
            "orbit_pflop": relative * frontier,
            "ground_kw": ground_kw,
            "ground_powered_kw": powered - power,
            "ground_queue_kw": waiting + energising - moves[-1] + power,
            "ground_ordered_kw": ordered,
            "ground_cancelled_kw": cancelled - waiting * (1 - survive),
            "ground_retired_kw": rack_retired,
            "ground_pflop": ground_relative * frontier,
            "demand_kw": target,
            "shortfall": max(0.0, target - orbit_kw - ground_kw) / target,
            "satellites": satellites / r.satellite_power,
            "licence_cap": allowed,
            "licensed": float(allowed > 0),
            "cadence_bound": float(m["flights"] >= 0.9 * la.cadence_cap),
            **{f"{k}_bound": float(v <= cap and v < wanted) for k, v in limits.items()},
            "launch_queue": min(100.0, wanted / (limits["lift"] / DT)) if limits["lift"] else 100.0,
            "served_tolerant": served[0],
            "served_interactive": served[1],
            "served_training": served[2],
            "latency": delay_added,
            **money,
            "stranded": stranded,
            "sponsor_cash": cash,
            "cash_in": cash_in,
            "cash_out": cash_out,
            "debt": debt,
            "raises": raises,
            "failed_raises": failed,
            "ruined": float(ruined),
            "capital_bad": float(bad),
            "contracts": rented,
            "core_ebitda": ebitda,
            "planned_capex": plan,
            "market_value": sp.market_value * math.exp(sp.value_growth * t + value),
            "subscribers": sp.subscribers + sp.subscribers_added * t,
            "installed_kw": installed * 1e6,
            "orbit_industry_kw": orbit_kw + others,
            "orbit_share": orbit_kw / (installed * 1e6),
            "others_share": others / (others + orbit_kw),
            "chip_generations": generations,
            "sunlit": f_sun,
        }
        if wanted == 0 and not limits["lift"]:
            show["launch_queue"] = 0.0

        # the cohorts, one by one
        gone_satellites = 0.0
        launched += flies * (1 + r.spares)
        lost += (flies - works) * (1 + r.spares) + works * (1 + r.spares) * (1 - math.exp(-r4 / 4))
        operating = sum(one.satellites * one.operations for one in cohorts)
        operating += satellites * r.repair_cost if date >= r.repair_year else 0.0
        lights = sum(one.satellites * one.light for one in cohorts)
        light = lights / satellites if satellites > 0 else 0.0
        for one in cohorts:
            was = one.chips
            one.satellites *= stays * burst
            one.chips *= stays * burst * chip_survival(x, date, DT)
            lost += was - one.chips
            if q - one.born == life:
                retired += one.chips
                gone_satellites += one.satellites
        cohorts = [one for one in cohorts if q - one.born < life]
        lag = max(c.orbit_lag * (1 - c.orbit_lag_fall) ** t, c.ground_lag) - c.ground_lag
        cohorts.append(
            Cohort(
                born=q,
                satellites=works,
                chips=works * (1 + r.spares) * math.exp(-r4 / 4),
                lag=math.exp(-growth * lag),
                operations=platform.operations * (1 - platform.operations_fall) ** t,
                light=1.0 if m["battery"] else f_sun,
            )
        )
        elsewhere = max(0.0, la.compute_share * la.filled_share * m["n_ok"] * per_flight - up)
        others *= math.exp(-(hazard + 1 / (life * DT)) * DT) * burst
        others += elsewhere * (1 - dead)
        show["orbit_new_share"] = (flies + elsewhere) / (additions * 1e6 * DT)

        # ground chips, then orders
        spare = max(0.0, free - flies * value_kw)
        bought = min(max(0.0, powered - sum(k.kw for k in racks)), spare / m["chip_cost"])
        racks.append(Rack(rack_life, bought))
        rack_retired += due + early
        ahead = target + delay * 1e6 * de.share * additions
        gap = ahead - orbit_kw - powered - sum(stages) - energising
        order = max(
            0.0, min(gap, max(0.0, spare - bought * m["chip_cost"]) / (m["chip_cost"] + site))
        )
        stages[0] += order
        ordered += order

        # money of the quarter
        derelict = (1 - r.disposal_success) * r.removal_cost * 1000 / r.satellite_power
        derelict = derelict * gone_satellites if date >= r.removal_year else 0.0
        orbit_sales = relative * r.availability * light * share_left * sold * m["rent"] * DT
        orbit_net = orbit_sales - flies * value_kw - programme - operating * DT - derelict
        early_age = min(pays, rack_life * DT)
        fetched = early * math.exp(-c.resale_decay * early_age)
        resale = m["chip_cost"] * (due * math.exp(-c.resale_decay * rack_life * DT) + fetched)
        tax = g.property_tax * (
            ground_kw * m["chip_cost"] / 2 + (powered - power) * g.facility_cost
        )
        ground_sales = ground_relative * g.availability * m["rent"] * DT
        ground_capex = bought * m["chip_cost"] + dues
        ground_net = ground_sales - ground_capex - (ground_kw * running + tax) * DT + resale
        book = early * max(0.0, 1 - early_age / (rack_life * DT))
        stranded += m["chip_cost"] * max(0.0, book - fetched) / M_KUSD
        money["orbit_cash"] += orbit_net / M_KUSD
        money["ground_cash"] += ground_net / M_KUSD
        money["orbit_npv"] += orbit_net / M_KUSD * math.exp(-r_o * t)
        money["ground_npv"] += ground_net / M_KUSD * math.exp(-r_g * t)

        # the sponsor
        sales = (orbit_sales + ground_sales) / M_KUSD
        earned = sp.sold_share * max(0.0, sales - rented * DT)
        depreciation = assets / c.ground_life
        show["core_profit"] = (
            sp.operating_share * ebitda + rented - burn - depreciation + earned / DT
        )
        invested = max(plan * DT, (flies * value_kw + programme + ground_capex) / M_KUSD)
        income = (max(0.0, ebitda) + rented) * DT + earned
        paid = (max(0.0, -ebitda) + core_capex + burn + sp.interest * debt) * DT + invested
        if ruined:
            paid = min(paid, income)
        cash += income - paid
        worth = sp.market_value * 1000 * math.exp(sp.value_growth * t + value)
        size, given = min(sp.raise_size, capacity), 0.0
        if cash < sp.reserve and not ruined:
            if size <= 1e-3 or (bad and e["raised"] < sp.refusal):
                failed += 1
                ruined = cash < 0
            else:
                given = size
        cash += given
        raises += given > 0
        debt += sp.debt_share * given
        capacity += (0.0 if bad else sp.raise_rate * worth * DT) - given
        cash_in, cash_out = cash_in + income + given, cash_out + paid
        assets = assets * (1 - DT / c.ground_life) + invested
        core_sd = sp.core_volatility * math.sqrt(2 * sp.core_reversion)
        core = reverting(core, sp.core_reversion, core_sd, e["core"])
        value = reverting(value, sp.value_reversion, sp.value_volatility, e["value"])
        ends = 1 - math.exp(-sp.contract_cancellation * DT)
        if contracts and (e["contract"] < ends or (contracts == 2 and e["contract"] > 1 - ends)):
            contracts -= 1
        turn = sp.bad_exit if bad else sp.bad_entry
        bad = (not bad) if e["capital"] < 1 - math.exp(-turn * DT) else bad

        # the next quarter's sun, demand and chips
        cycle = math.cos(2 * math.pi * (date + DT - space.solar_maximum) / space.solar_cycle)
        chance, factor = r.storm_share * (1 + cycle), 1.0
        if e["storm"] < chance:
            factor = space.storm_low + (space.storm_high - space.storm_low) * e["storm"] / chance
        share_left = max(0.0, 1 - r.silent_errors * factor)
        installed, room = installed + additions * DT, 1 - installed / de.saturation
        additions *= (1 + x.schedule.demand_growth) ** (room * DT)
        generations += m["renewed"]
        quarters.append(show)
    return quarters


def battery_kwh(x: Tree) -> float:
    """E_batt = P_bus t_ecl/60/DoD."""
    return (1 + x.power.parasitic) * sunlight(x.orbit.altitude)[2] / 60 / x.power.depth_of_discharge


def real_rates(x: Tree) -> tuple[float, float]:
    """Real discount rates of 2026Q4 of (orbit, ground)."""
    f = x.finance
    ground = max(f.wacc_floor, f.ground_wacc)
    return real(x, max(f.orbit_wacc, min(f.orbit_wacc, ground + f.orbit_spread))), real(x, ground)
