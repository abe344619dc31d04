// The limit: the full model of a path by hand, one block of four groups of lanes at a time.
//
// c_path.py writes layout.h, compiles this and calls `run`.
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "reduce.h"

struct table_of_words {
    const uint32_t *table;  // [DRAWS][TILE], or NULL for Philox
    const uint32_t *base;   // [tiles][DRAWS]
};

// The quarter's shocks of each group: uniforms first, then normals, then those of the generations.
static __attribute__((noinline)) void draw_shocks(const struct source *from, int q, int shocks,
                                                  vf (*z)[GROUPS]) {
    vu w[MOST_STREAMS][GROUPS];
    words(from, W_shocks + q * SHOCKS, W_shocks, q, UNIFORMS, w);
    for (int i = 0; i < UNIFORMS; i++)
        for (int g = 0; g < GROUPS; g++) z[i][g] = uniform(w[i][g]);
#pragma GCC unroll 1
    for (int i = UNIFORMS; i < shocks; i += 2) {
        words(from, W_shocks + q * SHOCKS + i, W_shocks + i, q, 2, w);
        normals(w[0], z[i]);
        normals(w[1], z[i + 1]);
    }
}

static __attribute__((noinline)) void begin_block(const struct scenario *s, const struct rates *r, const struct source *from,
                        struct constants *c, struct state *state, vf *accept) {
    vf x[GROUPS][NUMBERS], common[GROUPS][EVENTS];
    vu w[STARTS + 2][GROUPS];
    vf gap[GROUPS];
    draw_inputs(s, from, x, common);
    for (int i = 0; i <= STARTS; i++) words(from, W_starts + i, W_starts + i, 0, 1, w + i);
    normals(w[T_generation_gap], gap);
    for (int g = 0; g < GROUPS; g++) {
        begin(s, r, x[g], common[g], uniform(w[T_behind_meter][g]), uniform(w[T_shortage][g]),
              uniform(w[T_generation_phase][g]), gap[g], &c[g], &state[g]);
        accept[g] = uniform(w[STARTS][g]);
    }
}

// Number of conditioned populations that keep each path of a group, as a float.
INLINE vf kept_by(const struct scenario *s, vf published, vf accept) {
    vf distance = LN2 * log2v(published * (1.0f / s->centre)), kept = all(0);
    for (int k = 0; k < WIDTHS; k++) {
        vf d = distance * s->inverse_sd[k];
        kept += only(below(accept, expv(-0.5f * d * d)), all(1));
    }
    return kept;
}

// One block of one tile through all quarters.
INLINE void run_block(const struct scenario *s, const struct rates *r, const struct date *dates,
                      const struct source *from, int paths, int full, struct totals *totals,
                      struct curves *curves) {
    struct constants c[GROUPS];
    struct state state[GROUPS];
    vf z[SHOCKS][GROUPS];
    vf accept[GROUPS], check[GROUPS];
    int b = from->block;
    begin_block(s, r, from, c, state, accept);
    struct marks *marks = &totals->marks;
    memset(marks->members, 0, sizeof marks->members);
    for (int g = 0; g < GROUPS; g++) check[g] = all(0);
    for (int q = 0; q < QUARTERS; q++) {
        const struct date *d = &dates[q];
        int commit = q % 4 == 0;
        if (q < QUARTERS - 1) draw_shocks(from, q, full ? SHOCKS : S_generation_gap, z);
        uint64_t events[EVENT_KINDS] = {0};
        for (int g = 0; g < GROUPS; g++) {
            struct outcome o;
            struct carried now = evaluate(s->fixed, r, d, &c[g], &state[g], full,
                                          curves != NULL, commit,
                                          q == 0 ? s->launch_loss : 0.0f, &o);
            check[g] += o.check;
            events[0] |= (uint64_t)bits_of(o.cost) << (g * LANES);
            events[1] |= (uint64_t)bits_of(o.value) << (g * LANES);
            events[2] |= (uint64_t)bits_of(o.time) << (g * LANES);
            if (q == 0) {
                totals->kept[g] = kept_by(s, o.published, accept[g]);
                mark_members(marks, g, totals->kept[g]);
            }
            if (full) {
                events[3] |= (uint64_t)bits_of(o.idle) << (g * LANES);
                events[4] |= (uint64_t)bits_of(o.orbit_pays) << (g * LANES);
                events[5] |= (uint64_t)bits_of(o.ground_pays) << (g * LANES);
                events[6] |= (uint64_t)bits_of(o.break_even_exists) << (g * LANES);
                keep(totals, g, q, commit, &o);
            }
            if (curves) keep_curve(curves, b, g, q, o.ratio, totals->kept[g]);
            if (q < QUARTERS - 1) advance(s, r, d, &c[g], &state[g], z, g, now, full);
        }
        for (int e = 0; e < (full ? EVENT_KINDS : 3); e++) marks->events[q][e] = events[e];
    }
    exclude(totals, b, check, paths);
    count_events(totals, full);
    if (full) close_block(totals);
}

// A block's columns of the table serve so many tiles in turn while they are in the second cache.
#define CHUNK 8

INLINE void run_tiles(const struct scenario *s, const struct table_of_words *given, long first,
                      long paths, int full, int threads, struct totals *result, float *ratio,
                      float *group) {
    struct date dates[QUARTERS];
    dates_of(s->fixed, dates);
    struct rates r = rates_of(s->fixed);
    long tiles = (paths + TILE - 1) / TILE;
    vu *table = NULL;
    if (given->table) {
        table = aligned_alloc(64, (size_t)DRAWS * TILE * 4);
        arrange(given->table, DRAWS, (uint32_t *)table);
    }
#pragma omp parallel num_threads(threads)
    {
        struct totals *own = totals_new(full);
        struct source from = {.streams = s->streams, .table = table, .draws = DRAWS};
#pragma omp for schedule(dynamic, 1)
        for (long chunk = 0; chunk < tiles; chunk += CHUNK)
            for (int b = 0; b < BLOCKS; b++)
                for (long t = chunk; t < tiles && t < chunk + CHUNK; t++) {
                    int in_tile = paths - t * TILE < TILE ? paths - t * TILE : TILE;
                    struct curves curves = {ratio + t * TILE, group + t * TILE, tiles * TILE};
                    from.block = b;
                    from.base = given->base + t * DRAWS;
                    if (!table) philox_begin(&from.philox, s->key0, s->key1, first + t, b);
                    run_block(s, &r, dates, &from, in_tile, full, own, ratio ? &curves : NULL);
                }
        if (full) flush(own);
#pragma omp critical
        totals_add(result, own, full);
        totals_free(own);
    }
    free(table);
}

// Sums over `paths` paths from tile `first` on; `counts`, `moments` and, where not NULL, `ratio`
// (quarters, paths rounded up to tiles) and `group` are added to. Returns the lanes.
int run(const struct scenario *s, const struct table_of_words *given, long first, long paths,
        int full, int threads, int64_t *counts, double *moments, float *ratio, float *group) {
    struct totals result = {.counts = counts, .moments = moments};
    if (full)
        run_tiles(s, given, first, paths, 1, threads, &result, ratio, group);
    else
        run_tiles(s, given, first, paths, 0, threads, &result, ratio, group);
    return LANES;
}
