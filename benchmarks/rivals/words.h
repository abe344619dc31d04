// Random words of a block: four groups of lanes, so that no word of a Philox call is thrown away.
//
// Group g of block b holds paths g * 512 + b * LANES + place of a tile. (a) Philox4x32-10 as
// kernels/counter.py defines it; (b) base[draw] ^ table[draw][path], one XOR a word.
#pragma once

#include "lanes.h"

#define TILE 2048
#define CALLS 512
#define GROUPS 4
#define MOST_STREAMS 3
#define BLOCKS (CALLS / LANES)

// Place in its group of the path in a lane: the counters' even and odd 64-bit halves interleave.
INLINE int place(int lane) { return lane / 2 + (lane % 2) * (LANES / 2); }

struct philox {
    vl product[2];  // of the counter's first word, in round one
    uint64_t key0[10], key1[10];
    uint32_t high;               // the counter's second word
};

#define M0 0xD2511F53u
#define M1 0xCD9E8D57u

#if LANES == 16
INLINE vl times(vl a, uint64_t m) {
    return (vl)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(m));
}
INLINE vl high_half(vl a) { return (vl)_mm512_shuffle_epi32((__m512i)a, 0xF5); }
INLINE vl xor3(vl a, vl b, vl c) {
    return (vl)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0x96);
}
INLINE vu interleaved(vl a, vl b) {  // low halves of b into the odd lanes of a
    return (vu)_mm512_mask_shuffle_epi32((__m512i)a, 0xAAAA, (__m512i)b, 0xA0);
}
#else
INLINE vl times(vl a, uint64_t m) {
    return (vl)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(m));
}
INLINE vl high_half(vl a) { return (vl)_mm256_shuffle_epi32((__m256i)a, 0xF5); }
INLINE vl xor3(vl a, vl b, vl c) { return a ^ b ^ c; }
INLINE vu interleaved(vl a, vl b) {
    return (vu)_mm256_blend_epi32((__m256i)a, (__m256i)(b << 32), 0xAA);
}
#endif

INLINE void philox_begin(struct philox *p, uint32_t key0, uint32_t key1, uint64_t tile, int block) {
    p->high = (uint32_t)(tile >> 23);
    for (int r = 0; r < 10; r++) {
        p->key0[r] = (uint32_t)(key0 + r * 0x9E3779B9u);
        p->key1[r] = (uint32_t)(key1 + r * 0xBB67AE85u);
    }
    uint64_t first = (uint32_t)(tile << 9) | (uint32_t)(block * LANES);
    for (int h = 0; h < 2; h++) {
        vl low;
        for (int i = 0; i < LANES / 2; i++) low[i] = first + h * (LANES / 2) + i;
        p->product[h] = times(low, M0);
    }
}

// Words of `count` streams at one step for the block's four groups; `count` is known to the
// compiler, which interleaves the streams: one alone waits for its own products.
//
// The first round and a half have scalar operands: step and stream are the same in every lane.
// Words sit in the low halves of 64-bit lanes; what is left in the high halves is never read.
INLINE void philox_words(const struct philox *p, uint32_t step, const uint32_t *streams, int count,
                         vu (*out)[GROUPS]) {
    uint64_t second = (uint64_t)M1 * step;
    uint64_t a0 = (uint32_t)(second >> 32) ^ p->high ^ p->key0[0], a1 = (uint32_t)second;
    uint64_t third = (uint64_t)M0 * (uint32_t)a0;
    vl c[2 * MOST_STREAMS][4];
    for (int i = 0; i < 2 * count; i++) {
        vl q = times(high_half(p->product[i % 2]) ^ (streams[i / 2] ^ p->key1[0]), M1);
        c[i][0] = high_half(q) ^ (a1 ^ p->key0[1]);
        c[i][1] = q;
        c[i][2] = p->product[i % 2] ^ ((third >> 32) ^ p->key1[1]);
        c[i][3] = (vl){} + (uint32_t)third;
    }
#pragma GCC unroll 8
    for (int r = 2; r < 10; r++) {
        vl k0 = (vl){} + p->key0[r], k1 = (vl){} + p->key1[r];
        for (int i = 0; i < 2 * count; i++) {
            vl q0 = times(c[i][0], M0), q1 = times(c[i][2], M1);
            c[i][0] = xor3(high_half(q1), c[i][1], k0);
            c[i][2] = xor3(high_half(q0), c[i][3], k1);
            c[i][1] = q1;
            c[i][3] = q0;
        }
    }
    for (int i = 0; i < count; i++)
        for (int g = 0; g < GROUPS; g++) out[i][g] = interleaved(c[2 * i][g], c[2 * i + 1][g]);
}

// Where a block's words come from.
struct source {
    struct philox philox;
    const uint32_t *streams;  // of each draw, and
    const vu *table;          // NULL for Philox; [block][draw][group] after `arranged`
    const uint32_t *base;     // of this tile
    int draws;
    int block;
};

// Words of `count` draws from `draw` on; `stream` and `step` matter to Philox only.
INLINE void words(const struct source *s, int draw, int stream, uint32_t step, int count,
                  vu (*out)[GROUPS]) {
    if (s->table) {
        const vu *row = s->table + ((long)s->block * s->draws + draw) * GROUPS;
        for (int i = 0; i < count; i++)
            for (int g = 0; g < GROUPS; g++) out[i][g] = row[i * GROUPS + g] ^ s->base[draw + i];
    } else {
        philox_words(&s->philox, step, s->streams + stream, count, out);
    }
}

// The table in the order in which blocks read it, so that a block's words are contiguous.
static void arrange(const uint32_t *table, int draws, uint32_t *out) {
    for (int b = 0; b < BLOCKS; b++)
        for (int d = 0; d < draws; d++)
            for (int g = 0; g < GROUPS; g++)
                for (int l = 0; l < LANES; l++)
                    *out++ = table[(long)d * TILE + g * CALLS + b * LANES + place(l)];
}
