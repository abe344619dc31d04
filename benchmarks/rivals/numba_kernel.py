"""The path as Numba compiles it: one path at a time, float32; imported by numba_path.py only."""

import math
from typing import Any

import numpy as np
from numba import njit, prange

from kernels.transforms import _NORMAL

F = np.float32
TERMS = np.asarray(_NORMAL[::-1], F)
ONE, HALF, ZERO, DT, START = F(1), F(0.5), F(0), F(0.25), F(2026.75)
M0, M1, W0, W1 = (np.uint64(m) for m in (0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85))
LOW, SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)

compiled = njit(fastmath=True, error_model="numpy")


@compiled
def philox(low: Any, high: Any, step: Any, stream: Any, k0: Any, k1: Any, out: Any) -> None:
    """Philox4x32-10: four words, those of paths p, p + 512, p + 1024 and p + 1536."""
    c0, c1, c2, c3 = np.uint64(low), np.uint64(high), np.uint64(step), np.uint64(stream)
    for _ in range(10):
        p0, p1 = c0 * M0, c2 * M1
        c0, c1, c2, c3 = (p1 >> SHIFT) ^ c1 ^ k0, p1 & LOW, (p0 >> SHIFT) ^ c3 ^ k1, p0 & LOW
        k0, k1 = (k0 + W0) & LOW, (k1 + W1) & LOW
    out[0], out[1], out[2], out[3] = c0, c1, c2, c3


@compiled
def uniform(word: Any) -> Any:
    """Middle of the word's cell among 2^24."""
    return (F(word >> np.uint32(8)) + HALF) * F(2.0**-24)


@compiled
def normal(word: Any) -> Any:
    """Normal quantile of `uniform(word)`."""
    x = F(word >> np.uint32(8)) * F(2.0**-23) + F(2.0**-24 - 1.0)
    t = -math.log((ONE - x) * (ONE + x)) * F(0.125) - ONE
    p = TERMS[0]
    for k in range(1, 15):
        p = p * t + TERMS[k]
    return x * p


@compiled
def ndtr(z: Any) -> Any:
    """Standard normal distribution function."""
    return HALF * math.erfc(-z * F(0.7071067811865476))


@compiled
def quantile(kind: Any, m: Any, z: Any) -> Any:
    """Value of a marginal of this kind at the standard normal `z`."""
    if kind < 3:
        w = m[0] + z * (m[2] if z > ZERO else m[1])
        if kind == 0:
            w = ONE / (ONE + math.exp(-w))
        elif kind == 1:
            w = math.exp(w)
        return min(max(w, m[3]), m[4])
    u = ndtr(z)
    if kind == 3:
        if u >= ONE - m[3]:
            return F(1e9)
        v, width = u / (ONE - m[3]), m[2] - m[0]
        if v * width < m[1] - m[0]:
            return m[0] + math.sqrt(v * width * (m[1] - m[0]))
        return m[2] - math.sqrt((ONE - v) * width * (m[2] - m[1]))
    v = (u - m[2]) / (ONE - m[2])
    return ZERO if v < ZERO else m[0] + (m[1] - m[0]) * v


@compiled
def mean_decay(y: Any) -> Any:
    """(1 - exp(-y)) / y, 1 at 0."""
    return ONE if y == ZERO else -math.expm1(-y) / y


@compiled
def path(x: Any, X: Any, f: Any, s: Any, event: Any, common: Any, w: Any, bits: Any) -> Any:
    """Bits of who wins by quarter, bit 0 to 2 by comparator; the number of populations, or -1."""
    # What does not change along the path.
    place = min(max(x[X.orbit_altitude] - s.lowest, ZERO), F(s.sun.shape[2] - 1))
    k = min(int(place), s.sun.shape[2] - 2)
    sunlit = s.sun[0, 0, k] + (place - F(k)) * s.sun[0, 1, k]
    longest = s.sun[1, 0, k] + (place - F(k)) * s.sun[1, 1, k]
    period = s.sun[2, 0, k] + (place - F(k)) * s.sun[2, 1, k]
    life = x[X.chips_ground_life]
    economic = min(x[X.reliability_bus_life], life * x[X.reliability_running_on])
    economic = min(max(economic, f.reliability_shortest_life), f.reliability_longest_life)
    lives = min(economic, F(1000) * x[X.reliability_dose_limit] / x[X.reliability_dose])
    bus = ONE + x[X.power_parasitic]
    bare_array = bus * math.exp(-HALF * economic * math.log(ONE - x[X.power_array_fade]))
    lit = ONE - longest / period
    recharge = (lit + (ONE - lit) / f.power_charge_efficiency) / lit
    battery = bus * longest / F(60) / x[X.power_depth_of_discharge]
    square = x[X.thermal_temperature] * x[X.thermal_temperature]
    flux = F(2) * f.thermal_view * x[X.thermal_emissivity] * (F(5.670374419e-8) * square * square)
    flux *= ONE - x[X.thermal_absorbed]
    rest = bus * F(1000) / flux * x[X.thermal_margin] * x[X.thermal_areal_mass]
    rest += x[X.mass_chips] + f.mass_shield + f.mass_bus
    factor = (ONE + f.mass_structure) * x[X.mass_residual]
    factor *= math.exp(x[X.mass_delta_v] / (F(9.80665) * x[X.mass_specific_impulse]))
    per_kw = F(1000) / x[X.power_array_specific_power]
    stored = battery * F(1000) / x[X.power_battery_specific_energy]
    first_ride = (bare_array * recharge * per_kw + stored + rest) * factor
    first_throttle = (bare_array * per_kw + rest) * factor
    mass_fall = math.exp(DT * math.log(ONE - x[X.mass_yearly_fall]))
    saving = x[X.platform_battery_cost] * battery
    storm = ONE + f.reliability_storm_share * (f.reliability_storm_multiplier - ONE)
    output = x[X.reliability_availability] * (ONE - x[X.reliability_silent_errors] * storm)
    output *= x[X.chips_orbit_inference_share]
    chip_loss = x[X.reliability_ground_chip_failure] * x[X.reliability_orbit_multiplier]
    chip_loss *= x[X.reliability_blast_radius]
    satellite = x[X.reliability_satellite_hazard] + x[X.reliability_collision_hazard]
    satellite += f.reliability_burst_hazard
    bare = satellite + chip_loss
    repaired = chip_loss * f.reliability_repair_effect
    mended_rate = bare - repaired
    infancy = math.exp(-chip_loss * DT)
    derelict = (ONE - x[X.reliability_disposal_success]) * x[X.reliability_removal_cost]
    derelict *= F(1000) / f.reliability_satellite_power
    insured = x[X.finance_insured_share]
    yearly = insured * max(f.finance_loading * satellite, x[X.finance_orbit_insurance] - satellite)
    mature = x[X.launch_failure_mature]
    excess = max(x[X.launch_failure_new], mature) - mature
    wright = math.log(ONE - x[X.launch_learning_rate]) / F(math.log(2))
    slope = math.log(ONE - x[X.platform_learning_rate]) / F(math.log(2))
    markup = max(x[X.launch_outside_markup], ONE) - f.launch_competitive_markup
    rise = DT * math.log1p(x[X.launch_cadence_growth])
    filled = F(1000) * x[X.launch_compute_share] * x[X.launch_filled_share]
    programme = x[X.platform_programme] / x[X.platform_programme_size]
    die = f.market_deviation_decay
    growth = math.log1p(x[X.chips_frontier_growth])
    kept = f.market_chip_weight * x[X.chips_cost_drift]
    kept += f.market_facility_weight * x[X.ground_facility_drift]
    decay = max(f.market_slowest_decay, growth - kept)
    drift = x[X.ground_power_drift]
    resale = math.exp(-x[X.chips_resale_decay] * life)
    trend_left = math.exp(drift * life)
    passing_left = trend_left * math.exp(-f.ground_power_reversion * life)
    life_decay = math.exp(-decay * life)
    life_passing = life_decay * math.exp(-die * life)
    end_bare, end_decay = math.exp(-mended_rate * lives), math.exp(-decay * lives)
    end_passing, end_satellite = math.exp(-die * lives), math.exp(-satellite * lives)
    facility_rise = math.exp(DT * x[X.ground_facility_drift])
    power_rise = math.exp(DT * drift)
    starts, shocks = w[0], w[1:]
    onsite = uniform(starts[0]) < f.schedule_onsite_share
    if onsite:
        delay_rise = math.exp(-DT * x[X.schedule_onsite_speed_up])
    else:
        delay_rise = math.exp(DT * math.log1p(x[X.schedule_demand_growth]))
    # State in 2026Q4.
    scarce = uniform(starts[1]) < s.long_run
    mass, flown, flights = f.launch_mass_today, f.platform_flown_today, x[X.launch_flights_today]
    attempts, grounded, wacc, hard, cycle, dearer = ZERO, ZERO, ZERO, ZERO, ZERO, ZERO
    walk = math.log(x[X.chips_cost_today])
    lighter, delayed = ONE, ONE
    facility, trend = x[X.ground_facility_cost], x[X.ground_power_price]
    group, check = 0, ZERO
    for q in range(60):
        years = F(q) * DT
        # Rates and the ground vintage.
        k2 = max(f.finance_wacc_floor, x[X.finance_ground_wacc] + wacc)
        k1 = min(x[X.finance_orbit_wacc], k2 + f.finance_orbit_spread)
        k1 = max(x[X.finance_orbit_wacc] - f.finance_orbit_wacc_fall * years, k1)
        r_o, r_g = math.log(ONE + k1) - s.inflation, math.log(ONE + k2) - s.inflation
        chip = math.exp(walk)
        e = math.exp(-r_g * life)
        annuity = (ONE - e) / r_g
        held = chip * math.exp(r_g * x[X.chips_ground_lag]) * (ONE - resale * e) / annuity
        built = math.exp(r_g * HALF * x[X.ground_construction]) * r_g
        built /= ONE - math.exp(-r_g * x[X.ground_facility_life])
        net = r_g - drift
        level = life * mean_decay(net * life)
        faster = net + f.ground_power_reversion
        level += (math.exp(dearer) - ONE) * (ONE - e * passing_left) / faster
        energy = trend * level / annuity
        if onsite:
            energy += x[X.ground_onsite_adder]
        energy *= F(8.76) * max(f.ground_pue_floor, x[X.ground_pue] * s.pue[q])
        tax = x[X.ground_property_tax]
        total = held + facility * (built + tax) + energy + x[X.ground_operations]
        total += (x[X.reliability_ground_chip_failure] + HALF * tax) * chip
        total += x[X.ground_externalities] * F(0.001)
        lcoc_ground = total / x[X.ground_availability]
        # Launch and platform.
        failure = mature + excess * math.exp(
            -x[X.launch_reliability_exponent] * math.log(ONE + attempts)
        )
        learned = x[X.launch_cost_today] * math.exp(wright * math.log(mass / f.launch_mass_today))
        price = max(x[X.launch_floor_cost], learned)
        price *= f.launch_competitive_markup + markup * s.markup[q]
        grown = math.log(flown / f.platform_flown_today)
        platform = max(f.platform_floor, x[X.platform_cost_today] * math.exp(slope * grown))
        infant = x[X.reliability_infant_loss] * math.exp(s.infant_slope * grown)
        working = (ONE - failure) * (ONE - infant)
        loss = ONE - working
        # Survival with repair from age t1 on.
        t1 = min(max(x[X.reliability_repair_year] - START - years, ZERO), lives)
        first, last = math.exp(-r_o * t1), math.exp(-r_o * lives)
        again = math.exp(-repaired * t1)
        turn = first * math.exp(-bare * t1)
        end = last * again * end_bare
        x1, x2 = r_o + bare, r_o + mended_rate
        alive = infancy * (x2 + turn * repaired - end * x1) / (x1 * x2)
        rate = r_o + satellite
        gone = last * end_satellite
        service = (ONE - gone) / rate
        mended = (first * math.exp(-satellite * t1) - gone) / rate
        # Both variants.
        half_year = math.exp(HALF * r_o)
        per_value = half_year / working + yearly * service
        if failure <= f.finance_cover_limit:
            cover = x[X.finance_launch_insurance] * (f.finance_hard_market if hard > ZERO else ONE)
            per_value += insured * max(f.finance_loading * loss, cover - loss)
        running = x[X.platform_operations] * s.operations[q] * service
        running += f.reliability_repair_cost * mended
        if START + years >= x[X.reliability_removal_year]:
            running += derelict * last
        value = chip * (ONE + x[X.platform_adaptation] * s.adaptation[q])
        value += x[X.platform_ground_segment] * s.stations[q] + platform
        ride = max(f.mass_floor, first_ride * lighter)
        throttle = max(f.mass_floor, first_throttle * lighter)
        value_ride = value + ride * price * F(0.001)
        value_throttle = value + throttle * price * F(0.001)
        value_throttle -= min(f.platform_battery_share_limit * platform, saving)
        lag = max(x[X.chips_orbit_lag] * s.lag[q], x[X.chips_ground_lag])
        older = math.exp(growth * (lag - x[X.chips_ground_lag]))
        extra = running + programme
        unit = min(value_ride * per_value + extra, (value_throttle * per_value + extra) / sunlit)
        unit *= older / output
        parity = alive * lcoc_ground
        if q == 0:
            whole = half_year / (ONE - s.launch_loss)
            cost = min(value_ride * whole + running, (value_throttle * whole + running) / sunlit)
            distance = math.log(cost / output / parity / s.centre)
            for width in s.log_sd:
                d = distance / width
                group += uniform(starts[2]) < math.exp(-HALF * d * d)
        # The market, and waiting.
        margin = ONE + x[X.market_scarcity_margin] * s.margin[q]
        above = math.exp(cycle) * (ONE + (f.market_shortage_premium if scarce else ZERO)) - ONE
        rate_d, rate_p = r_g + decay, r_g + decay + die
        rent_d, rent_p = (ONE - e * life_decay) / rate_d, (ONE - e * life_passing) / rate_p
        paid = lcoc_ground * annuity
        npv_ground = paid * (margin * (ONE + above * rent_p / rent_d) - ONE)
        turn_d, die_t1 = turn * math.exp(-decay * t1), math.exp(-die * t1)
        d1, d2 = x1 + decay, x2 + decay
        rent = (d2 + turn_d * repaired - end * end_decay * d1) / (d1 * d2)
        p1, p2 = d1 + die, d2 + die
        left = p2 + turn_d * die_t1 * repaired - end * end_decay * end_passing * p1
        rent += above * left / (p1 * p2)
        npv_orbit = margin * paid / rent_d * infancy * rent - unit
        if onsite:
            plain = x[X.schedule_onsite_delay] * delayed
        else:
            queue = f.schedule_grid_congestion * f.schedule_additions_today * (delayed - ONE)
            plain = x[X.schedule_grid_delay] + min(f.schedule_longest_congestion, queue)
        c = x[X.schedule_cancellation]
        delay_ground = min(f.schedule_longest_delay, math.expm1(c * plain) / c)
        delay_orbit = max(ZERO, x[X.schedule_development] - years) + lag
        delay_orbit += x[X.schedule_commissioning] + grounded * DT
        horizon = ONE - math.exp(-r_g * lives) * end_decay
        swing, least = margin * above * rate_d / rate_p, f.market_least_wait_value * horizon
        wo, wg = min(delay_orbit, lives), min(delay_ground, lives)
        eo, eg = math.exp(-rate_d * wo), math.exp(-rate_d * wg)
        factor_orbit = (
            horizon + (margin - ONE) * (ONE - eo) + swing * (ONE - eo * math.exp(-die * wo))
        )
        factor_ground = (
            horizon + (margin - ONE) * (ONE - eg) + swing * (ONE - eg * math.exp(-die * wg))
        )
        timed_orbit = unit * max(least, factor_orbit)
        timed_ground = parity * max(least, factor_ground)
        check += timed_orbit + timed_ground + npv_orbit + npv_ground
        bits[q] = (unit < parity) + 2 * (npv_orbit > npv_ground) + 4 * (timed_orbit < timed_ground)
        if q == 59:
            break
        # One quarter on.
        z = shocks[q]
        tried = flights * DT * max(ZERO, ONE - grounded)
        failures = tried * failure
        expected = tried - failures
        root = math.sqrt(expected)
        v = max(normal(z[3]), F(-3) * root)
        done = ZERO
        if expected >= F(1e-5):
            done = F(int(max(ZERO, expected + root * v + (F(2) + v * v) / F(6))))
        grounded = max(ZERO, grounded - ONE)
        missed = -math.expm1(-failures)
        now = attempts
        attempts += done
        if uniform(z[0]) > ONE - missed:
            months = quantile(1, event, common + s.own * normal(z[4]))
            grounded += months / F(3) / math.sqrt(ONE + now / f.launch_stand_down_experience)
            attempts += failures / missed
        ramp = min(ONE, years / f.launch_payload_ramp)
        payload = f.launch_payload_today
        payload += (x[X.launch_payload_target] - f.launch_payload_today) * ramp
        mass += done * payload
        flown += filled * done * payload / ride
        flights *= math.exp(rise * (ONE - flights / x[X.launch_cadence_cap]))
        walk += x[X.chips_cost_drift] * DT + s.walk * normal(z[5])
        dearer = dearer * s.power_decay + s.power_spread * normal(z[6])
        cycle = cycle * s.cycle_decay + s.cycle_spread * normal(z[7])
        wacc = wacc * s.wacc_decay + s.wacc_spread * normal(z[8])
        if uniform(z[1]) < (s.leaves if scarce else s.enters):
            scarce = not scarce
        hard = max(ZERO, hard - DT)
        if uniform(z[2]) < s.hardens:
            hard = f.finance_hard_market_years
        lighter *= mass_fall
        facility *= facility_rise
        trend *= power_rise
        delayed *= delay_rise
    return group if abs(check) < F(1e30) else -1


@njit(parallel=True, fastmath=True, error_model="numpy")
def tiles(paths: Any, key: Any, X: Any, f: Any, s: Any) -> Any:
    """Populations, and wins by tile: (tiles, groups + 1) and (tiles, 3, 60, groups)."""
    count, groups = (paths + 2047) // 2048, len(s.log_sd) + 1
    population = np.zeros((count, groups + 1), np.int64)
    wins = np.zeros((count, 3, 60, groups), np.int64)
    numbers, factors = s.kinds.size, s.root.shape[0]
    for t in prange(count):
        one_off = np.empty((factors + numbers, 4), np.uint32)
        w = np.empty((4, 60, 9), np.uint32)
        out, bits = np.empty(4, np.uint32), np.empty(60, np.uint8)
        factor, x = np.empty(factors, F), np.empty(numbers, F)
        for call in range(512):
            low = (np.uint64(t) * np.uint64(512) + np.uint64(call)) & LOW
            high = np.uint64(t) >> np.uint64(23)
            for d in range(factors + numbers):
                philox(low, high, 0, s.streams[d], key[0], key[1], one_off[d])
            for q in range(60):
                for i in range(3 if q == 0 else 9):
                    stream = s.start_streams[i] if q == 0 else s.shock_streams[i]
                    philox(low, high, max(q - 1, 0), stream, key[0], key[1], out)
                    for lane in range(4):
                        w[lane, q, i] = out[lane]
            for lane in range(4):
                if t * 2048 + lane * 512 + call >= paths:
                    continue
                for i in range(factors):
                    factor[i] = normal(one_off[i, lane])
                for i in range(factors - 1, -1, -1):
                    total = ZERO
                    for j in range(i + 1):
                        total += s.root[i, j] * factor[j]
                    factor[i] = total
                common = ZERO
                for i in range(numbers + 1):
                    total = ZERO
                    for k in range(s.first[i], s.first[i + 1]):
                        total += s.loading[k] * factor[s.factor[k]]
                    if i == numbers:
                        common = total
                    else:
                        z = total + s.scale[i] * normal(one_off[factors + i, lane])
                        x[i] = quantile(s.kinds[i], s.marginals[i], z)
                group = path(x, X, f, s, s.marginals[numbers], common, w[lane], bits)
                if group < 0:
                    population[t, groups] += 1
                    continue
                population[t, group] += 1
                for q in range(60):
                    for e in range(3):
                        wins[t, e, q, group] += (bits[q] >> e) & 1
    return population, wins
