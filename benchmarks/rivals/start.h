// A path before its first quarter: everything that does not change along it, and its first state.
#pragma once

#include "inputs.h"

// Of one group of lanes. Logs and rates to base 2 where the name ends in 2.
struct constants {
    // ground
    vf ground_wacc, orbit_wacc, life, half_construction, facility_life;
    vf resale_left, trend_left, passing_left, drift, pue, adder, other_running, tax, per_chip;
    vf inverse_availability, facility_rise, power_rise;
    // launch and platform
    vf mature, excess, minus_exponent, wright, launch2, floor, markup_excess, payload_rise;
    vf growth_quarter2, inverse_cap, platform_slope, platform2, infant2, filled;
    vf mass_ride, mass_throttle, mass_fall, saved, light, inverse_light;
    // orbital vintage
    vf lives, satellite, bare, mended, chip_repaired, infancy, loss_satellite, removal_year;
    vf derelict, left, left_decay, left_passing, decay_rise, decay, decay2, repair_year;
    vf adaptation, stations, operations, programme, insured, launch_insurance, insurance_rate;
    vf inverse_output, growth2, orbit_lag, ground_lag, chip_drift2;
    vf bare_rise, repaired_rise, satellite_rise;
    vf bare_least, repaired_least, satellite_least, decay_least, passing_least;
    // market and schedule
    vf scarcity, life_decay, life_passing;
    vf delay_slope, delay_offset, delay_cap, delay_rise, cancellation2, inverse_cancellation, development;
    vf commissioning, stand_down, generation_gap, per_pflop_hour;
};

// What a group of lanes remembers from quarter to quarter; `mass_run` and the like are powers of
// time as running products, `bare_left` and the like discount to the age at which repair begins.
struct state {
    vf mass, flights, attempts, grounded, flown, wacc, hard, cycle2, shortage, power2, chip2;
    vf level2, gap, waited;
    vf mass_run, facility, power_trend, delay_run;
    vf bare_left, repaired_left, satellite_left, decay_left, passing_left;
};

INLINE vf exp_product(vf a, float b) { return exp2v(a * (b * LOG2E)); }
INLINE vf log1p2(vf x) { return log2v(1.0f + x); }

INLINE void sunlight(const float *table, vf altitude, vf *sunlit, vf *longest, vf *period) {
    vf position = minimum(positive(altitude - LOWEST), all(KNOTS - 1.0f));
    vi at = clamped(to_integers(position), 0, KNOTS - 2);
    vf weight = position - of_integers((vu)at);
    vf *columns[3] = {sunlit, longest, period};
    for (int c = 0; c < 3; c++)
        *columns[c] =
            gather(table + 2 * c * KNOTS, at) + weight * gather(table + (2 * c + 1) * KNOTS, at);
}

// The event's value by its own normal: exp of a two-piece normal, in base 2, then its bounds.
INLINE vf event(const struct scenario *s, int which, vf common, vf z) {
    const float *m = s->marginals + 5 * (NUMBERS + which);
    return bounded(m, expv(two_piece(m, common + s->own[NUMBERS + which] * z)));
}

static void satellite(const struct scenario *s, const vf *x, struct constants *c) {
    const float *f = s->fixed;
    vf sunlit, longest, period;
    sunlight(s->sunlight, IN(orbit_altitude), &sunlit, &longest, &period);
    vf economic = minimum(IN(reliability_bus_life), IN(chips_ground_life) * IN(reliability_running_on));
    economic = minimum(maximum(economic, all(FIX(reliability_shortest_life))),
                       all(FIX(reliability_longest_life)));
    c->lives = minimum(economic, 1000.0f * IN(reliability_dose_limit) * reciprocal(IN(reliability_dose)));
    vf bus = 1.0f + IN(power_parasitic);
    vf bare_array = bus * exp2v(-0.5f * economic * log2v(1.0f - IN(power_array_fade)));
    vf lit = 1.0f - longest / period;
    vf recharge = (lit + (1.0f - lit) * (1.0f / FIX(power_charge_efficiency))) / lit;
    vf battery = bus * longest * (1.0f / 60) / IN(power_depth_of_discharge);
    vf square = IN(thermal_temperature) * IN(thermal_temperature);
    vf flux = 2.0f * FIX(thermal_view) * IN(thermal_emissivity) *
              (5.670374419e-8f * square * square) * (1.0f - IN(thermal_absorbed));
    vf radiator = bus * 1000.0f / flux * IN(thermal_margin) * IN(thermal_areal_mass);
    vf rest = radiator + IN(mass_chips) + FIX(mass_shield) + FIX(mass_bus);
    vf wet = expv(IN(mass_delta_v) / (9.80665f * IN(mass_specific_impulse)));
    vf factor = (1.0f + FIX(mass_structure)) * wet * IN(mass_residual);
    vf per_kw = 1000.0f / IN(power_array_specific_power);
    vf stored = battery * 1000.0f / IN(power_battery_specific_energy);
    c->mass_ride = (bare_array * recharge * per_kw + stored + rest) * factor;
    c->mass_throttle = (bare_array * per_kw + rest) * factor;
    c->mass_fall = exp2v((float)DT * log2v(1.0f - IN(mass_yearly_fall)));
    c->saved = IN(platform_battery_cost) * battery;
    c->light = sunlit;
    c->inverse_light = 1.0f / sunlit;
    float storm = 1.0f + FIX(reliability_storm_share) * (FIX(reliability_storm_multiplier) - 1.0f);
    vf throughput = 1.0f - IN(reliability_silent_errors) * storm;
    c->inverse_output =
        1.0f / (IN(reliability_availability) * throughput * IN(chips_orbit_inference_share));
}

static void losses(const float *f, const vf *x, struct constants *c, struct state *s) {
    vf chip = IN(reliability_ground_chip_failure) * IN(reliability_orbit_multiplier) *
              IN(reliability_blast_radius);
    vf repaired = chip * FIX(reliability_repair_effect);
    vf life = c->lives;
    c->satellite = IN(reliability_satellite_hazard) + IN(reliability_collision_hazard) +
                   FIX(reliability_burst_hazard);
    c->bare = c->satellite + chip;
    c->mended = c->bare - repaired;
    c->chip_repaired = repaired;
    c->infancy = exp_product(chip, -0.25f);
    float die = FIX(market_deviation_decay);
    c->left = expv(-c->mended * life);
    c->left_decay = c->left * expv(-c->decay * life);
    c->left_passing = c->left_decay * exp_product(life, -die);
    c->loss_satellite = expv(-c->satellite * life);
    // exp(-rate t1), t1 = clip(repair year - date, 0, life), as a product that rises by a quarter
    // at a time between its value at `life` and 1.
    vf begin = minimum(IN(reliability_repair_year) - (float)START, life + 16.0f);
    vf rates[4] = {c->bare, repaired, c->satellite, c->decay};
    vf *lefts[4] = {&s->bare_left, &s->repaired_left, &s->satellite_left, &s->decay_left};
    vf *rises[4] = {&c->bare_rise, &c->repaired_rise, &c->satellite_rise, &c->decay_rise};
    vf *leasts[4] = {&c->bare_least, &c->repaired_least, &c->satellite_least, &c->decay_least};
    for (int i = 0; i < 4; i++) {
        *lefts[i] = expv(-rates[i] * begin);
        *rises[i] = exp_product(rates[i], (float)DT);
        *leasts[i] = expv(-rates[i] * life);
    }
    s->passing_left = exp_product(begin, -die);
    c->passing_least = exp_product(life, -die);
    float satellite_power = FIX(reliability_satellite_power);
    c->derelict = (1.0f - IN(reliability_disposal_success)) * IN(reliability_removal_cost) *
                  (1000.0f / satellite_power);
    c->repair_year = IN(reliability_repair_year);
    c->removal_year = IN(reliability_removal_year);
    c->insured = IN(finance_insured_share);
    c->launch_insurance = IN(finance_launch_insurance);
    c->insurance_rate = c->insured * maximum(FIX(finance_loading) * c->satellite,
                                             IN(finance_orbit_insurance) - c->satellite);
}

static void launch_and_platform(const float *f, const vf *x, struct constants *c) {
    c->mature = IN(launch_failure_mature);
    c->excess = maximum(IN(launch_failure_new), c->mature) - c->mature;
    c->minus_exponent = -IN(launch_reliability_exponent);
    c->wright = log2v(1.0f - IN(launch_learning_rate));
    c->launch2 = log2v(IN(launch_cost_today));
    c->floor = IN(launch_floor_cost);
    c->markup_excess =
        maximum(IN(launch_outside_markup), all(1)) - FIX(launch_competitive_markup);
    c->payload_rise = IN(launch_payload_target) - FIX(launch_payload_today);
    c->growth_quarter2 = (float)DT * log1p2(IN(launch_cadence_growth));
    c->inverse_cap = 1.0f / IN(launch_cadence_cap);
    c->filled = 1000.0f * IN(launch_compute_share) * IN(launch_filled_share);
    c->platform_slope = log2v(1.0f - IN(platform_learning_rate));
    c->platform2 = log2v(IN(platform_cost_today));
    c->infant2 = log2v(IN(reliability_infant_loss));
    c->adaptation = IN(platform_adaptation);
    c->stations = IN(platform_ground_segment);
    c->operations = IN(platform_operations);
    c->programme = IN(platform_programme) / IN(platform_programme_size);
}

static void ground_and_market(const float *f, const vf *x, struct constants *c, mask onsite) {
    vf life = IN(chips_ground_life);
    float die = FIX(market_deviation_decay);
    c->ground_wacc = IN(finance_ground_wacc);
    c->orbit_wacc = IN(finance_orbit_wacc);
    c->half_construction = 0.5f * IN(ground_construction);
    c->facility_life = IN(ground_facility_life);
    c->life = life;
    c->resale_left = expv(-IN(chips_resale_decay) * life);
    c->drift = IN(ground_power_drift);
    c->trend_left = expv(c->drift * life);
    c->passing_left = c->trend_left * exp_product(life, -FIX(ground_power_reversion));
    c->pue = IN(ground_pue);
    c->adder = only(onsite, IN(ground_onsite_adder));
    c->other_running = IN(ground_operations) + IN(ground_externalities) * 0.001f;
    c->tax = IN(ground_property_tax);
    c->per_chip = IN(reliability_ground_chip_failure) + 0.5f * c->tax;
    c->inverse_availability = 1.0f / IN(ground_availability);
    c->facility_rise = exp_product(IN(ground_facility_drift), (float)DT);
    c->power_rise = exp_product(c->drift, (float)DT);
    c->growth2 = log1p2(IN(chips_frontier_growth));
    vf kept = FIX(market_chip_weight) * IN(chips_cost_drift) +
              FIX(market_facility_weight) * IN(ground_facility_drift);
    c->decay = maximum(all(FIX(market_slowest_decay)), LN2 * c->growth2 - kept);
    c->decay2 = c->decay * LOG2E;
    c->scarcity = IN(market_scarcity_margin);
    c->life_decay = expv(-c->decay * life);
    c->life_passing = c->life_decay * exp_product(life, -die);
    c->orbit_lag = IN(chips_orbit_lag);
    c->ground_lag = IN(chips_ground_lag);
    c->chip_drift2 = IN(chips_cost_drift) * ((float)DT * LOG2E);
    vf slower = exp_product(IN(schedule_onsite_speed_up), -(float)DT);
    vf demand = exp2v((float)DT * log1p2(IN(schedule_demand_growth)));
    c->delay_rise = choose(onsite, slower, demand);
    // Delay before cancellations: min(cap, offset + slope run), run the product of delay_rise.
    float congestion = FIX(schedule_grid_congestion) * FIX(schedule_additions_today);
    vf grid = IN(schedule_grid_delay);
    c->delay_slope = choose(onsite, IN(schedule_onsite_delay), all(congestion));
    c->delay_offset = choose(onsite, all(0), grid - congestion);
    c->delay_cap = choose(onsite, all(1e30f), grid + FIX(schedule_longest_congestion));
    c->cancellation2 = IN(schedule_cancellation) * LOG2E;
    c->inverse_cancellation = 1.0f / IN(schedule_cancellation);
    c->development = IN(schedule_development);
    c->commissioning = IN(schedule_commissioning);
    c->per_pflop_hour = (1000.0f / 8760.0f) / (IN(chips_frontier_today) * IN(chips_ground_inference)) *
                        exp2v(c->growth2 * c->ground_lag);
}

// Constants and first state of a group; `u` are the starts' uniforms and last the normal.
static void begin(const struct scenario *s, const struct rates *r, const vf *x, const vf *common,
                  vf behind_meter, vf shortage, vf phase, vf gap, struct constants *c,
                  struct state *state) {
    const float *f = s->fixed;
    mask onsite = below(behind_meter, all(FIX(schedule_onsite_share)));
    satellite(s, x, c);
    ground_and_market(f, x, c, onsite);
    launch_and_platform(f, x, c);
    losses(f, x, c, state);
    c->stand_down = common[E_launch_stand_down];
    c->generation_gap = common[E_chips_generation_gap];
    vf zero = all(0);
    state->mass = all(FIX(launch_mass_today));
    state->flown = all(FIX(platform_flown_today));
    state->flights = IN(launch_flights_today);
    state->attempts = state->grounded = state->wacc = state->hard = zero;
    state->cycle2 = state->power2 = state->level2 = zero;
    state->shortage = choose(below(shortage, all(r->long_run)), all(1), zero);
    state->chip2 = log2v(IN(chips_cost_today));
    state->gap = event(s, E_chips_generation_gap, c->generation_gap, gap);
    state->waited = phase * state->gap;
    state->mass_run = all(1);
    state->facility = IN(ground_facility_cost);
    state->power_trend = IN(ground_power_price);
    state->delay_run = all(1);
}
