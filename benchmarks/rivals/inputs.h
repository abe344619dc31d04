// A scenario as flat arrays, what depends on its fixed numbers alone, and the draw of the inputs.
//
// layout.h is written by c_path.py: the place of each input, draw, event and metric.
#pragma once

#include <math.h>

#include "layout.h"
#include "words.h"

struct scenario {
    const float *fixed;          // by F_
    const float *marginals;      // [NUMBERS + EVENTS][5]
    const float *own;            // [NUMBERS + EVENTS]
    const int32_t *first;        // [NUMBERS + EVENTS + 1], into the two that follow
    const int32_t *factor;       // factors with a loading
    const float *loading;
    const float *root;           // [FACTORS][FACTORS], lower
    const float *sunlight;       // [3][2][KNOTS]: value and rise of sunlit, longest, period
    const float *inverse_sd;     // [WIDTHS]
    const uint32_t *streams;     // by W_
    float centre, launch_loss;
    uint32_t key0, key1;
};

#define IN(name) x[X_##name]
#define FIX(name) f[F_##name]
#define DT 0.25
#define START 2026.75

// What one quarter owes to fixed inputs alone.
struct date {
    float years, date, adaptation, stations, operations, lag, pue, markup, margin, wacc_fall, ramp;
};

// What fixed inputs give once for all.
struct rates {
    float inflation2;  // log2(1 + inflation)
    float root_inflation, infant_slope, hardens, enters, leaves, long_run;
    float power_decay, power_spread2, cycle_decay, cycle_spread2, wacc_decay, wacc_spread;
    float walk2, die2, die_quarter, per_mass, per_flown, per_experience;
};

static void dates_of(const float *f, struct date *dates) {
    for (int q = 0; q < QUARTERS; q++) {
        double t = q * DT;
        dates[q] = (struct date){
            .years = t,
            .date = START + t,
            .adaptation = pow(1.0 - FIX(platform_adaptation_fall), t),
            .stations = pow(1.0 - FIX(platform_ground_segment_fall), t),
            .operations = pow(1.0 - FIX(platform_operations_fall), t),
            .lag = pow(1.0 - FIX(chips_orbit_lag_fall), t),
            .pue = pow(1.0 - FIX(ground_pue_fall), t),
            .markup = exp2(-t / FIX(launch_markup_half_life)),
            .margin = FIX(market_lasting_margin) +
                      (1.0 - FIX(market_lasting_margin)) * exp2(-t / FIX(market_margin_half_life)),
            .wacc_fall = FIX(finance_orbit_wacc_fall) * t,
            .ramp = fmin(1.0, t / FIX(launch_payload_ramp)),
        };
    }
}

static float spread(double reversion, double volatility) {
    return volatility * sqrt(-expm1(-2.0 * reversion * DT) / (2.0 * reversion));
}

static struct rates rates_of(const float *f) {
    double entry = FIX(market_shortage_entry), leave = FIX(market_shortage_exit);
    return (struct rates){
        .inflation2 = log2(1.0 + FIX(finance_inflation)),
        .root_inflation = 1.0 / sqrt(1.0 + FIX(finance_inflation)),
        .infant_slope = log10(1.0 - FIX(reliability_infant_fall)),
        .hardens = -expm1(-FIX(finance_market_loss) * DT),
        .enters = -expm1(-entry * DT),
        .leaves = -expm1(-leave * DT),
        .long_run = entry / (entry + leave),
        .power_decay = exp(-FIX(ground_power_reversion) * DT),
        .power_spread2 = M_LOG2E * spread(FIX(ground_power_reversion), FIX(ground_power_volatility)),
        .cycle_decay = exp(-FIX(market_cycle_reversion) * DT),
        .cycle_spread2 = M_LOG2E * spread(FIX(market_cycle_reversion), FIX(market_cycle_volatility)),
        .wacc_decay = exp(-FIX(finance_wacc_reversion) * DT),
        .wacc_spread = spread(FIX(finance_wacc_reversion), FIX(finance_wacc_volatility)),
        .walk2 = M_LOG2E * FIX(chips_cost_walk) * sqrt(DT),
        .die2 = M_LOG2E * FIX(market_deviation_decay),
        .per_mass = 1.0 / FIX(launch_mass_today),
        .per_flown = 1.0 / FIX(platform_flown_today),
        .per_experience = 9.0 / FIX(launch_stand_down_experience),
        .die_quarter = exp(FIX(market_deviation_decay) * DT),
    };
}

INLINE vf two_piece(const float *m, vf z) {
    return m[0] + z * choose(below(all(0), z), all(m[2]), all(m[1]));
}

INLINE vf bounded(const float *m, vf v) { return minimum(maximum(v, all(m[3])), all(m[4])); }

INLINE vf triangular(const float *m, vf z) {
    vf u = ndtr(z);
    float low = m[0], mode = m[1], high = m[2], never = m[3], width = high - low;
    mask comes = below(u, all(1.0f - never));
    vf v = u * (1.0f / (1.0f - never));
    vf rising = low + root(v * (width * (mode - low)));
    vf falling = high - root(positive(1.0f - v) * (width * (high - mode)));
    return choose(comes, choose(below(v * width, all(mode - low)), rising, falling), all(1e9f));
}

INLINE vf flat(const float *m, vf z) {
    float low = m[0], high = m[1], zero = m[2];
    vf v = (ndtr(z) - zero) * (1.0f / (1.0f - zero));
    return only(at_most(all(0), v), low + (high - low) * v);
}

INLINE vf common_part(const struct scenario *s, int row, const vf *factor) {
    vf total = all(0);
    for (int i = s->first[row]; i < s->first[row + 1]; i++)
        total += s->loading[i] * factor[s->factor[i]];
    return total;
}

// Every input of the block's groups, and what the common factors give to each event.
static void draw_inputs(const struct scenario *s, const struct source *from,
                        vf (*x)[NUMBERS], vf (*common)[EVENTS]) {
    vf factor[GROUPS][FACTORS];
    vu w[2][GROUPS];
    vf z[GROUPS];
    for (int k = 0; k < FACTORS; k++) {
        words(from, W_factors + k, W_factors + k, 0, 1, w);
        normals(w[0], z);
        for (int g = 0; g < GROUPS; g++) factor[g][k] = z[g];
    }
    for (int g = 0; g < GROUPS; g++) {
        for (int k = FACTORS - 1; k >= 0; k--) {
            vf total = all(0);
            for (int j = 0; j <= k; j++) total += s->root[k * FACTORS + j] * factor[g][j];
            factor[g][k] = total;
        }
        for (int e = 0; e < EVENTS; e++) common[g][e] = common_part(s, NUMBERS + e, factor[g]);
    }
    for (int i = 0; i < NUMBERS; i++) {
        const float *m = s->marginals + 5 * i;
        float own = s->own[i];
        vf noise[GROUPS];
        if (i % 2 == 0) words(from, W_numbers + i, W_numbers + i, 0, 2, w);
        normals(w[i % 2], noise);
        for (int g = 0; g < GROUPS; g++) {
            vf z = common_part(s, i, factor[g]) + own * noise[g];
            if (i < LOGITS)
                x[g][i] = bounded(m, reciprocal(1.0f + expv(-two_piece(m, z))));
            else if (i < LOGITS + LOGNORMALS)
                x[g][i] = bounded(m, expv(two_piece(m, z)));
            else if (i < LOGITS + LOGNORMALS + NORMALS)
                x[g][i] = bounded(m, two_piece(m, z));
            else if (i < LOGITS + LOGNORMALS + NORMALS + TRIANGULARS)
                x[g][i] = triangular(m, z);
            else
                x[g][i] = flat(m, z);
        }
    }
}
