// What is kept of the paths: populations, events by quarter, crossings, prices, histograms, moments.
//
// A block's events are bits of a word, so crossings and counts are logic and popcounts. Histogram
// places are buffered for 2,048 paths, then counted slab by slab, each small enough for the first cache.
#pragma once

#include <stdlib.h>
#include <string.h>

#include "quarter.h"

#define POPULATIONS (WIDTHS + 1)
#define EVENT_KINDS 7
#define WINS 3
#define RUN_LENGTH 4
#define LAST_CROSSING (QUARTERS - RUN_LENGTH)
#define COMMITS (QUARTERS / 4)
#define ROW (TILE + 32)  // so that slabs do not share a cache set
#define SLABS (4 * QUARTERS + (METRICS - 4) * COMMITS)

// Places in the array of counts.
#define AT_EVENTS (POPULATIONS + 1)
#define AT_CROSSING (AT_EVENTS + EVENT_KINDS * QUARTERS * POPULATIONS)
#define AT_BACK (AT_CROSSING + WINS * (LAST_CROSSING + 2) * POPULATIONS)
#define AT_PRICES (AT_BACK + WINS * POPULATIONS)
#define AT_HISTOGRAMS (AT_PRICES + HEADLINES * PRICES * POPULATIONS)

struct bins {
    int low, side, is_signed;
};
static const struct bins BINS[METRICS] = BINS_OF_METRICS;
static const float PRICE[PRICES] = PRICE_GRID;

INLINE int bins_of(int metric) { return BINS[metric].side * (BINS[metric].is_signed ? 2 : 1); }
INLINE int quarters_of(int metric) { return metric < 4 ? QUARTERS : COMMITS; }

// One bit a path of a block.
struct marks {
    uint64_t members[POPULATIONS];
    uint64_t events[QUARTERS][EVENT_KINDS];
    uint64_t prices[HEADLINES][PRICES];
};

struct totals {
    struct marks marks;
    vf kept[GROUPS];
    vf difference[COMMITS][GROUPS];                // of the block
    vf sums[2][COMMITS][POPULATIONS];              // since the last flush
    int filled;                                    // paths buffered since then
    int excluded;                                  // those that are not counted
    uint8_t out[TILE];                             // which ones
    uint16_t (*places)[ROW];                       // [SLABS]
    uint32_t *cells;                               // histograms since the last merge
    int64_t *counts;
    double *moments;                               // [2][COMMITS][POPULATIONS]
};

static long histogram_cells(void) {
    long cells = 0;
    for (int m = 0; m < METRICS; m++) cells += (long)quarters_of(m) * bins_of(m) * POPULATIONS;
    return cells;
}

// Ratio by quarter and population of each path, to look at.
struct curves {
    float *ratio, *group;
    long stride;
};

static void keep_curve(struct curves *to, int b, int g, int q, vf ratio, vf kept) {
    for (int l = 0; l < LANES; l++) {
        long path = g * CALLS + b * LANES + place(l);
        to->ratio[q * to->stride + path] = ratio[l];
        to->group[path] = kept[l];
    }
}

INLINE void mark_members(struct marks *marks, int g, vf kept) {
    for (int k = 0; k < POPULATIONS; k++) {
        mask m = below((kept - (float)k) * (kept - (float)k), all(0.25f));
        marks->members[k] |= (uint64_t)bits_of(m) << (g * LANES);
    }
}

// Place of each number among its metric's bins, times populations, plus its population.
INLINE vi place_of(int metric, vf x, vi population) {
    struct bins b = BINS[metric];
    int first = (127 + b.low) * 128;
    vf size = b.is_signed ? (vf)((vi)x & 0x7FFFFFFF) : positive(x);
    vi at = clamped(((vi)size >> 16) - (first - 1), 0, b.side - 1);
    if (b.is_signed) {
        vi sign = (vi)x >> 31;
        at = b.side + (at ^ sign);  // -1 - at on the negative side
    }
    return at * POPULATIONS + population;
}

// Buffer the places of a group's metrics, the bits of its prices, its difference of values.
INLINE void keep(struct totals *t, int g, int q, int commit, const struct outcome *o) {
    vi population = to_integers(t->kept[g]);
    int at = t->filled + g * LANES;
#pragma GCC unroll 4
    for (int m = 0; m < 4; m++)
        store_short(&t->places[m * QUARTERS + q][at], place_of(m, o->metric[m], population));
    if (!commit) return;
#pragma GCC unroll 16
    for (int m = 4; m < METRICS; m++) {
        int slab = 4 * QUARTERS + (m - 4) * COMMITS + q / 4;
        store_short(&t->places[slab][at], place_of(m, o->metric[m], population));
    }
    t->difference[q / 4][g] = o->metric[M_npv_difference];
    static const int headline[HEADLINES] = HEADLINE_QUARTERS;
    for (int h = 0; h < HEADLINES; h++) {
        if (headline[h] != q) continue;
        for (int p = 0; p < PRICES; p++) {
            uint64_t bits = bits_of(below(all(PRICE[p]), o->metric[M_break_even]));
            if (g == 0) t->marks.prices[h][p] = 0;
            t->marks.prices[h][p] |= bits << (g * LANES);
        }
    }
}

// Take paths beyond the last and paths that are not finite out of every population.
static void exclude(struct totals *t, int b, const vf *check, int paths) {
    uint64_t invalid = 0, beyond = 0;
    for (int g = 0; g < GROUPS; g++)
        invalid |= (uint64_t)bits_of(not_finite(check[g])) << (g * LANES);
    if (paths < TILE)
        for (int i = 0; i < GROUPS * LANES; i++) {
            int path = i / LANES * CALLS + b * LANES + place(i % LANES);
            beyond |= (uint64_t)(path >= paths) << i;
        }
    t->counts[POPULATIONS] += __builtin_popcountll(invalid & ~beyond);
    if (!(invalid | beyond)) return;
    if (!t->excluded) memset(t->out, 0, sizeof t->out);
    for (int k = 0; k < POPULATIONS; k++) t->marks.members[k] &= ~(invalid | beyond);
    for (int i = 0; i < GROUPS * LANES; i++)
        if ((invalid | beyond) >> i & 1) t->excluded += t->out[t->filled + i] = 1;
}

INLINE void add_counts(const struct marks *m, uint64_t bits, int64_t *to) {
    for (int k = 0; k < POPULATIONS; k++) to[k] += __builtin_popcountll(bits & m->members[k]);
}

// Crossing: first quarter of four in a row won; back: four in a row lost after it.
static void count_crossing(struct totals *t, int e) {
    const struct marks *m = &t->marks;
    int64_t *to = t->counts + AT_CROSSING + e * (LAST_CROSSING + 2) * POPULATIONS;
    uint64_t crossed = 0, back = 0;
    for (int q = 0; q <= LAST_CROSSING; q++) {
        uint64_t won = ~0ull, lost = ~0ull;
        for (int k = 0; k < RUN_LENGTH; k++) {
            won &= m->events[q + k][e];
            lost &= ~m->events[q + k][e];
        }
        back |= lost & crossed;
        add_counts(m, won & ~crossed, to + q * POPULATIONS);
        crossed |= won;
    }
    add_counts(m, ~crossed, to + (LAST_CROSSING + 1) * POPULATIONS);
    add_counts(m, back, t->counts + AT_BACK + e * POPULATIONS);
}

static void count_events(struct totals *t, int full) {
    const struct marks *m = &t->marks;
    add_counts(m, ~0ull, t->counts);
    for (int q = 0; q < QUARTERS; q++)
        for (int e = 0; e < (full ? EVENT_KINDS : WINS); e++)
            add_counts(m, m->events[q][e], t->counts + AT_EVENTS + (e * QUARTERS + q) * POPULATIONS);
    if (!full) return;
    for (int e = 0; e < WINS; e++) count_crossing(t, e);
    for (int i = 0; i < HEADLINES * PRICES; i++)
        add_counts(m, m->prices[i / PRICES][i % PRICES], t->counts + AT_PRICES + i * POPULATIONS);
}

#if LANES == 16
INLINE mask mask_of(uint32_t bits) { return bits; }
#else
INLINE mask mask_of(uint32_t bits) {
    const vi one = {1, 2, 4, 8, 16, 32, 64, 128};
    return (mask)(vf)(((vi){} + (int)bits & one) == one);
}
#endif

// Sums of the block's differences and of their squares, float32 within so many paths as a tile has.
static void add_moments(struct totals *t) {
    for (int k = 0; k < POPULATIONS; k++)
        for (int g = 0; g < GROUPS; g++) {
            mask in = mask_of(t->marks.members[k] >> (g * LANES) & ((1u << LANES) - 1));
            for (int d = 0; d < COMMITS; d++) {
                vf x = only(in, t->difference[d][g]);
                t->sums[0][d][k] += x;
                t->sums[1][d][k] += x * x;
            }
        }
}

// Count the buffered places slab by slab, and add its moments in float64.
static void flush(struct totals *t) {
    uint32_t *cells = t->cells;
    for (int slab = 0; slab < SLABS; slab++) {
        int m = slab < 4 * QUARTERS ? slab / QUARTERS : 4 + (slab - 4 * QUARTERS) / COMMITS;
        const uint16_t *places = t->places[slab];
        if (t->excluded)
            for (int i = 0; i < t->filled; i++) cells[places[i]] += !t->out[i];
        else
            for (int i = 0; i < t->filled; i++) cells[places[i]]++;
        cells += bins_of(m) * POPULATIONS;
    }
    const float *sums = (const float *)t->sums;
    for (int i = 0; i < 2 * COMMITS * POPULATIONS; i++) {
        double total = 0;
        for (int l = 0; l < LANES; l++) total += sums[i * LANES + l];
        t->moments[i] += total;
    }
    memset(t->sums, 0, sizeof t->sums);
    t->filled = t->excluded = 0;
}

INLINE void close_block(struct totals *t) {
    add_moments(t);
    t->filled += GROUPS * LANES;
    if (t->filled == TILE) flush(t);
}

static struct totals *totals_new(int full) {
    struct totals *t = aligned_alloc(64, (sizeof *t + 63) / 64 * 64);
    memset(t, 0, sizeof *t);
    t->counts = calloc(AT_HISTOGRAMS, sizeof *t->counts);
    t->moments = calloc(2 * COMMITS * POPULATIONS, sizeof *t->moments);
    if (full) {
        t->places = aligned_alloc(64, (size_t)SLABS * ROW * 2);
        t->cells = calloc(histogram_cells(), sizeof *t->cells);
    }
    return t;
}

static void totals_add(struct totals *to, const struct totals *t, int full) {
    for (int i = 0; i < AT_HISTOGRAMS; i++) to->counts[i] += t->counts[i];
    for (int i = 0; i < 2 * COMMITS * POPULATIONS; i++) to->moments[i] += t->moments[i];
    for (long i = 0; full && i < histogram_cells(); i++)
        to->counts[AT_HISTOGRAMS + i] += t->cells[i];
}

static void totals_free(struct totals *t) {
    free(t->counts);
    free(t->moments);
    free(t->places);
    free(t->cells);
    free(t);
}
