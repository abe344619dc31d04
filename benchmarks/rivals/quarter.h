// One quarter of a group of lanes: the vintages committed in it, then one quarter on.
#pragma once

#include "start.h"

// What a quarter shows; from `idle` on only where everything is reduced.
struct outcome {
    mask cost, value, time;
    vf check;  // not finite where any comparison is not
    vf ratio, published;
    mask idle, orbit_pays, ground_pays, break_even_exists;
    vf metric[METRICS];
};

// What a quarter's evaluation leaves to its advance.
struct carried {
    vf failure, mass_ride, cadence;
};

// Exponentials of a quarter's evaluation, and of the cadence after it.
enum {
    CHIP, WHOLE, SITE, DELIVERY, BUILDING, POWER, LEARNED, FAILING, PLATFORM, INFANT, FIRST, LAST,
    OLDER, CYCLE, LIFE, ORBIT_D, ORBIT_P, GROUND_D, GROUND_P, CADENCE, EXPONENTIALS
};

// exp(-rate t1) from its running product: t1 stays between 0 and the life.
INLINE vf held_between(vf left, vf least) { return minimum(maximum(left, least), all(1)); }

// Evaluate one quarter. `full` is known to the compiler; `wanted` asks for the ratio besides,
// `commit` for what is kept of fourth quarters, a `published_loss` for the like-for-like ratio.
static __attribute__((noinline)) struct carried evaluate(const float *f, const struct rates *r, const struct date *d,
                               const struct constants *c, const struct state *s, int full,
                               int wanted, int commit, float published_loss, struct outcome *o) {
    // Logarithms together, then exponentials together: one alone waits for its own steps.
    vf ground_cost = maximum(all(FIX(finance_wacc_floor)), c->ground_wacc + s->wacc);
    vf orbit_cost = minimum(c->orbit_wacc, ground_cost + FIX(finance_orbit_spread));
    orbit_cost = maximum(c->orbit_wacc - d->wacc_fall, orbit_cost);
    vf logs[] = {1.0f + ground_cost, 1.0f + orbit_cost, 1.0f + s->attempts,
                 s->mass * r->per_mass,
                 s->flown * r->per_flown};
    for (int i = 0; i < 5; i++) logs[i] = log2v(logs[i]);
    vf ground2 = logs[0] - r->inflation2, orbit2 = logs[1] - r->inflation2;
    vf ground = ground2 * LN2, orbit = orbit2 * LN2;
    vf plain = minimum(c->delay_cap, c->delay_offset + c->delay_slope * s->delay_run);
    vf delay_ground = exp2m1(c->cancellation2 * plain) * c->inverse_cancellation;
    delay_ground = minimum(all(FIX(schedule_longest_delay)), delay_ground);
    vf lag = maximum(c->orbit_lag * d->lag, c->ground_lag);
    vf delay_orbit = positive(c->development - d->years) + lag + c->commissioning +
                     s->grounded * (float)DT;
    vf wait_orbit = minimum(delay_orbit, c->lives), wait_ground = minimum(delay_ground, c->lives);
    vf rate_d2 = ground2 + c->decay2, rate_p2 = rate_d2 + r->die2;
    vf t1 = minimum(positive(c->repair_year - d->date), c->lives);
    vf e[] = {
        [CHIP] = s->chip2,
        [WHOLE] = -ground2 * c->life,
        [SITE] = -ground2 * c->facility_life,
        [DELIVERY] = ground2 * c->ground_lag,
        [BUILDING] = ground2 * c->half_construction,
        [POWER] = s->power2,
        [LEARNED] = c->launch2 + c->wright * logs[3],
        [FAILING] = c->minus_exponent * logs[2],
        [PLATFORM] = c->platform2 + c->platform_slope * logs[4],
        [INFANT] = c->infant2 + r->infant_slope * logs[4],
        [FIRST] = -orbit2 * t1,
        [LAST] = -orbit2 * c->lives,
        [OLDER] = c->growth2 * (lag - c->ground_lag),
        [CYCLE] = s->cycle2,
        [LIFE] = -rate_d2 * c->lives,
        [ORBIT_D] = -rate_d2 * wait_orbit,
        [ORBIT_P] = -rate_p2 * wait_orbit,
        [GROUND_D] = -rate_d2 * wait_ground,
        [GROUND_P] = -rate_p2 * wait_ground,
        [CADENCE] = c->growth_quarter2 * (1.0f - s->flights * c->inverse_cap),
    };
#pragma GCC unroll 4
    for (int i = 0; i < EXPONENTIALS; i++) e[i] = exp2v(e[i]);

    // The ground vintage.
    vf chip = e[CHIP], whole = e[WHOLE];
    vf used = 1.0f - whole, site_used = 1.0f - e[SITE];
    vf both = ground * reciprocal(used * site_used);
    vf per_annuity = both * site_used;
    vf held = e[DELIVERY] * (1.0f - c->resale_left * whole) * per_annuity;
    vf built = e[BUILDING] * (both * used);
    vf net = ground - c->drift + 1e-30f, faster = net + FIX(ground_power_reversion);
    vf inverse = reciprocal(net * faster), y = net * c->life;
    vf series = c->life * (1.0f - y * (0.5f - y * (1.0f / 6 - y * (1.0f / 24))));
    vf lasting = (1.0f - whole * c->trend_left) * (inverse * faster);
    lasting = choose(below(y * y, all(0.0036f)), series, lasting);
    vf passing = (e[POWER] - 1.0f) * (1.0f - whole * c->passing_left) * (inverse * net);
    vf pue = 8.76f * maximum(all(FIX(ground_pue_floor)), c->pue * d->pue);
    vf energy = (s->power_trend * (lasting + passing) * per_annuity + c->adder) * pue;
    vf lcoc_ground = chip * (held + c->per_chip) + s->facility * (built + c->tax);
    lcoc_ground = (lcoc_ground + energy + c->other_running) * c->inverse_availability;

    // Launch, platform and what fails.
    vf failure = c->mature + c->excess * e[FAILING];
    vf launch_cost = maximum(c->floor, e[LEARNED]);
    vf price = launch_cost * (FIX(launch_competitive_markup) + c->markup_excess * d->markup);
    vf platform = maximum(all(FIX(platform_floor)), e[PLATFORM]);
    vf working = (1.0f - failure) * (1.0f - e[INFANT]), loss = 1.0f - working;

    // Survival with repair from age t1 on: exp(-r t1) and exp(-r T) serve every annuity.
    vf first = e[FIRST], last = e[LAST];
    vf at_turn = first * held_between(s->bare_left, c->bare_least);
    vf repaired = held_between(s->repaired_left, c->repaired_least);
    vf at_end = last * repaired;
    vf x1 = orbit + c->bare, x2 = orbit + c->mended, alive_rate = orbit + c->satellite;
    vf product = x1 * x2, inverse_all = reciprocal(product * alive_rate);
    vf survival = (x2 + at_turn * c->chip_repaired - at_end * c->left * x1) * (inverse_all * alive_rate);
    survival = survival * c->infancy;
    vf inverse_rate = inverse_all * product;
    vf all_left = last * c->loss_satellite;
    vf turn_left = first * held_between(s->satellite_left, c->satellite_least);
    vf service = (1.0f - all_left) * inverse_rate, mended = (turn_left - all_left) * inverse_rate;

    // The orbital vintage in both variants.
    vf half_year = root(1.0f + orbit_cost) * r->root_inflation;
    vf cover_rate = c->launch_insurance * choose(below(all(0), s->hard), all(FIX(finance_hard_market)), all(1));
    vf loading = maximum(FIX(finance_loading) * loss, cover_rate - loss);
    vf covered = only(at_most(failure, all(FIX(finance_cover_limit))), c->insured);
    vf per_value = half_year * reciprocal(working) + covered * loading + c->insurance_rate * service;
    vf running = c->operations * d->operations * service + FIX(reliability_repair_cost) * mended +
                 only(at_most(c->removal_year, all(d->date)), c->derelict * last);
    vf value = chip * (1.0f + c->adaptation * d->adaptation) + c->stations * d->stations + platform;
    vf saved = minimum(FIX(platform_battery_share_limit) * platform, c->saved);
    vf ride = maximum(all(FIX(mass_floor)), c->mass_ride * s->mass_run);
    vf throttle = maximum(all(FIX(mass_floor)), c->mass_throttle * s->mass_run);
    vf price_tonne = price * 0.001f;
    vf value_ride = value + ride * price_tonne, value_throttle = value - saved + throttle * price_tonne;
    vf extra = running + c->programme;
    vf cost_ride = value_ride * per_value + extra;
    vf cost_throttle = (value_throttle * per_value + extra) * c->inverse_light;
    vf per_output = c->inverse_output * e[OLDER];
    vf unit = minimum(cost_ride, cost_throttle) * per_output;
    vf parity = survival * lcoc_ground;  // the unit cost at which the ratio is 1

    // The market: price of compute at birth, and what each fleet earns at it.
    vf margin = 1.0f + c->scarcity * d->margin;
    vf above = e[CYCLE] * (1.0f + FIX(market_shortage_premium) * s->shortage) - 1.0f;
    vf rate_d = ground + c->decay, rate_p = rate_d + FIX(market_deviation_decay);
    vf used_d = 1.0f - whole * c->life_decay, used_p = 1.0f - whole * c->life_passing;
    vf pair = used_d * rate_p, three = reciprocal(per_annuity * pair);
    vf two = three * per_annuity, per_rent = rate_d * (two * rate_p);  // 1 / a(r + delta, life)
    vf over = two * used_d;                                            // 1 / rate_p
    vf ground_paid = lcoc_ground * (three * pair);
    vf npv_ground = ground_paid * (margin * (1.0f + above * (used_p * over) * per_rent) - 1.0f);
    vf turn_d = at_turn * held_between(s->decay_left, c->decay_least);
    vf turn_p = turn_d * held_between(s->passing_left, c->passing_least);
    vf d1 = x1 + c->decay, d2 = x2 + c->decay;
    vf p1 = d1 + FIX(market_deviation_decay), p2 = d2 + FIX(market_deviation_decay);
    vf dd = d1 * d2, pp = p1 * p2, inverse_rent = reciprocal(dd * pp);
    vf rent = (d2 + turn_d * c->chip_repaired - at_end * c->left_decay * d1) * pp +
              above * (p2 + turn_p * c->chip_repaired - at_end * c->left_passing * p1) * dd;
    vf npv_orbit = margin * ground_paid * per_rent * c->infancy * (rent * inverse_rent) - unit;

    // Waiting: both factors times 1 - exp(-(r + delta) T), which the comparison does not need.
    vf used_t = 1.0f - e[LIFE];
    vf swing = margin * above * rate_d * over;
    vf base = used_t + (margin - 1.0f) + swing, least = FIX(market_least_wait_value) * used_t;
    vf factor_orbit = base - (margin - 1.0f) * e[ORBIT_D] - swing * e[ORBIT_P];
    vf factor_ground = base - (margin - 1.0f) * e[GROUND_D] - swing * e[GROUND_P];
    factor_orbit = maximum(least, factor_orbit);
    factor_ground = maximum(least, factor_ground);
    vf timed_orbit = unit * factor_orbit, timed_ground = parity * factor_ground;

    o->cost = below(unit, parity);
    o->value = below(npv_ground, npv_orbit);
    o->time = below(timed_orbit, timed_ground);
    o->check = (timed_orbit + timed_ground) + (npv_orbit + npv_ground);
    if (full || wanted) o->ratio = unit * reciprocal(parity);
    if (published_loss > 0.0f) {  // as published models count it
        vf whole_value = half_year * (1.0f / (1.0f - published_loss));
        vf cost = minimum(value_ride * whole_value + running,
                          (value_throttle * whole_value + running) * c->inverse_light);
        o->published = cost * c->inverse_output / parity;
    }
    if (full) {
        vf lcoc_orbit = o->ratio * lcoc_ground;
        vf later = positive(delay_ground - delay_orbit);
        o->idle = below(o->ratio * exp2v(-c->decay2 * later), all(1));
        o->orbit_pays = below(all(0), npv_orbit);
        o->ground_pays = below(all(0), npv_ground);
        // Numerators of the break-even price: worth at parity less the cost at free launch.
        vf worth = parity * reciprocal(per_output);
        vf free_ride = value * per_value + extra;
        vf left_ride = worth - free_ride;
        vf left_throttle = worth * c->light - (free_ride - saved * per_value);
        o->break_even_exists = either(below(all(0), left_ride), below(all(0), left_throttle));
        o->metric[M_ratio] = o->ratio;
        o->metric[M_time_ratio] = o->ratio * factor_orbit * reciprocal(factor_ground);
        o->metric[M_lcoc_orbit] = lcoc_orbit;
        o->metric[M_lcoc_ground] = lcoc_ground;
        if (commit) {
            vf per_price = 0.001f * per_value, unit_price = c->per_pflop_hour * exp2v(-s->level2);
            vf flown_mass = choose(at_most(cost_ride, cost_throttle), ride, throttle);
            o->metric[M_npv_difference] = npv_orbit - npv_ground;
            o->metric[M_break_even] = maximum(left_ride * reciprocal(per_price * ride),
                                              left_throttle * reciprocal(per_price * throttle));
            o->metric[M_launch_price] = price;
            o->metric[M_failure_probability] = failure;
            o->metric[M_specific_mass] = flown_mass;
            o->metric[M_platform_cost] = platform;
            o->metric[M_flown_capacity] = s->flown;
            o->metric[M_flights_per_year] = s->flights;
            o->metric[M_launched_mass] = s->mass;
            o->metric[M_delay_ground] = delay_ground;
            o->metric[M_delay_orbit] = delay_orbit;
            o->metric[M_price_orbit] = lcoc_orbit * unit_price;
            o->metric[M_price_ground] = lcoc_ground * unit_price;
        }
    }
    return (struct carried){failure, ride, e[CADENCE]};
}

// One quarter on: flights and what they teach, then the markets.
static __attribute__((noinline)) void advance(const struct scenario *sc, const struct rates *r, const struct date *d,
                    const struct constants *c, struct state *s, const vf (*z)[GROUPS], int g,
                    struct carried now, int full) {
    const float *f = sc->fixed;
    vf attempts = s->flights * ((float)DT * positive(1.0f - s->grounded));
    vf failures = attempts * now.failure, successes = attempts - failures;
    vf deviation = root(successes), w = maximum(z[S_successes][g], -3.0f * deviation);
    vf count = positive(successes + deviation * w + (2.0f + w * w) * (1.0f / 6));
    vf flown = only(at_most(all(1e-5f), successes), truncated(count));
    vf missed = exp2m1(failures * -LOG2E);  // exp(-failures) - 1
    mask lost = below(1.0f + missed, z[S_losses][g]);
    vf failed = only(lost, failures * reciprocal(-missed));
    vf months = event(sc, E_launch_stand_down, c->stand_down, z[S_stand_down][g]);
    vf halt = months * rsqrt(9.0f + s->attempts * r->per_experience);
    s->grounded = positive(s->grounded - 1.0f) + only(lost, halt);
    s->attempts += flown + failed;
    vf lifted = flown * (FIX(launch_payload_today) + c->payload_rise * d->ramp);
    s->mass += lifted;
    s->flown += c->filled * lifted * reciprocal(now.mass_ride);
    s->flights *= now.cadence;

    s->chip2 += c->chip_drift2 + r->walk2 * z[S_chip_price][g];
    s->power2 = s->power2 * r->power_decay + r->power_spread2 * z[S_power_price][g];
    s->cycle2 = s->cycle2 * r->cycle_decay + r->cycle_spread2 * z[S_cycle][g];
    s->wacc = s->wacc * r->wacc_decay + r->wacc_spread * z[S_wacc][g];
    mask scarce = below(all(0.5f), s->shortage);
    mask turns = below(z[S_shortage][g], choose(scarce, all(r->leaves), all(r->enters)));
    s->shortage = choose(turns, 1.0f - s->shortage, s->shortage);
    vf softer = positive(s->hard - (float)DT);
    s->hard = choose(below(z[S_insurance][g], all(r->hardens)), all(FIX(finance_hard_market_years)), softer);
    if (full) {
        vf waited = s->waited + (float)DT, gap = s->gap;
        mask due = at_most(gap, waited);
        vf jump = c->growth2 * gap + FIX(chips_generation_walk) * LOG2E * root(gap) * z[S_generation_level][g];
        s->level2 += only(due, jump);
        s->gap = choose(due, event(sc, E_chips_generation_gap, c->generation_gap, z[S_generation_gap][g]), gap);
        s->waited = waited - only(due, gap);
    }

    s->mass_run *= c->mass_fall;
    s->facility *= c->facility_rise;
    s->power_trend *= c->power_rise;
    s->delay_run *= c->delay_rise;
    s->bare_left *= c->bare_rise;
    s->repaired_left *= c->repaired_rise;
    s->satellite_left *= c->satellite_rise;
    s->decay_left *= c->decay_rise;
    s->passing_left *= r->die_quarter;
}
