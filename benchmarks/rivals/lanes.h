// Lanes: 16 floats (AVX-512) or 8 (AVX2 with FMA) at once, and the functions that a path needs.
//
// Plain arithmetic is GCC's vector extension; an intrinsic stands where the compiler would not
// find the instruction. Rates and logs are kept to base 2, so that exp2 needs no product.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
#define LANES 16
#elif defined(__AVX2__) && defined(__FMA__)
#define LANES 8
#else
#error "the C rival needs AVX2 with FMA, or AVX-512 (F, DQ, BW)"
#endif

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef uint64_t vl __attribute__((vector_size(4 * LANES)));

#define LN2 0.693147180559945309f
#define LOG2E 1.44269504088896341f

INLINE vf all(float x) { return x - (vf){}; }

#if LANES == 16

typedef __mmask16 mask;

INLINE vf maximum(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE vf minimum(vf a, vf b) { return (vf)_mm512_min_ps((__m512)a, (__m512)b); }
INLINE mask below(vf a, vf b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ); }
INLINE mask at_most(vf a, vf b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LE_OQ); }
INLINE mask either(mask a, mask b) { return a | b; }
INLINE vf choose(mask m, vf a, vf b) { return (vf)_mm512_mask_blend_ps(m, (__m512)b, (__m512)a); }
INLINE vf only(mask m, vf a) { return (vf)_mm512_maskz_mov_ps(m, (__m512)a); }
INLINE uint32_t bits_of(mask m) { return m; }
INLINE mask not_finite(vf a) { return _mm512_fpclass_ps_mask((__m512)a, 0x99); }
INLINE vf truncated(vf a) { return (vf)_mm512_roundscale_ps((__m512)a, 0x0B); }
INLINE vf of_integers(vu a) { return (vf)_mm512_cvtepi32_ps((__m512i)a); }
INLINE vi clamped(vi a, int low, int high) {
    __m512i x = _mm512_max_epi32((__m512i)a, _mm512_set1_epi32(low));
    return (vi)_mm512_min_epi32(x, _mm512_set1_epi32(high));
}
INLINE void store_short(uint16_t *to, vi a) {
    _mm256_store_si256((__m256i *)to, _mm512_cvtepi32_epi16((__m512i)a));
}
INLINE vf gather(const float *table, vi at) {
    return (vf)_mm512_i32gather_ps((__m512i)at, table, 4);
}
INLINE vi to_integers(vf a) { return (vi)_mm512_cvttps_epi32((__m512)a); }
INLINE vf approximate_reciprocal(vf x) { return (vf)_mm512_rcp14_ps((__m512)x); }
INLINE vf approximate_rsqrt(vf x) { return (vf)_mm512_rsqrt14_ps((__m512)x); }
INLINE vf mantissa(vf x) { return (vf)_mm512_getmant_ps((__m512)x, 0, 0); }
INLINE vf exponent(vf x) { return (vf)_mm512_getexp_ps((__m512)x); }
INLINE vf fraction(vf x) { return (vf)_mm512_reduce_ps((__m512)x, 0x09); }  // x - floor(x)
INLINE vf nearest(vf x) { return (vf)_mm512_roundscale_ps((__m512)x, 0x08); }
INLINE vf scaled(vf x, vf octaves) {  // x 2^floor(octaves)
    return (vf)_mm512_scalef_ps((__m512)x, (__m512)octaves);
}

#else

typedef __m256 mask;

INLINE vf maximum(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE vf minimum(vf a, vf b) { return (vf)_mm256_min_ps((__m256)a, (__m256)b); }
INLINE mask below(vf a, vf b) { return _mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LT_OQ); }
INLINE mask at_most(vf a, vf b) { return _mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LE_OQ); }
INLINE mask either(mask a, mask b) { return _mm256_or_ps(a, b); }
INLINE vf choose(mask m, vf a, vf b) { return (vf)_mm256_blendv_ps((__m256)b, (__m256)a, m); }
INLINE vf only(mask m, vf a) { return (vf)_mm256_and_ps(m, (__m256)a); }
INLINE uint32_t bits_of(mask m) { return _mm256_movemask_ps(m); }
INLINE mask not_finite(vf a) {
    vi e = (vi)a & 0x7F800000;
    return (mask)(vf)(e == 0x7F800000);
}
INLINE vf truncated(vf a) { return (vf)_mm256_round_ps((__m256)a, 0x0B); }
INLINE vf of_integers(vu a) { return (vf)_mm256_cvtepi32_ps((__m256i)a); }
INLINE vi clamped(vi a, int low, int high) {
    __m256i x = _mm256_max_epi32((__m256i)a, _mm256_set1_epi32(low));
    return (vi)_mm256_min_epi32(x, _mm256_set1_epi32(high));
}
INLINE void store_short(uint16_t *to, vi a) {
    __m256i x = _mm256_packus_epi32((__m256i)a, (__m256i)a);
    x = _mm256_permute4x64_epi64(x, 0x08);
    _mm_store_si128((__m128i *)to, _mm256_castsi256_si128(x));
}
INLINE vf gather(const float *table, vi at) {
    return (vf)_mm256_i32gather_ps(table, (__m256i)at, 4);
}
INLINE vi to_integers(vf a) { return (vi)_mm256_cvttps_epi32((__m256)a); }
INLINE vf approximate_reciprocal(vf x) { return (vf)_mm256_rcp_ps((__m256)x); }
INLINE vf approximate_rsqrt(vf x) { return (vf)_mm256_rsqrt_ps((__m256)x); }
INLINE vf mantissa(vf x) { return (vf)(((vi)x & 0x007FFFFF) | 0x3F800000); }
INLINE vf exponent(vf x) { return of_integers((vu)(((vi)x >> 23) - 127)); }
INLINE vf fraction(vf x) { return (vf)_mm256_sub_ps((__m256)x, _mm256_floor_ps((__m256)x)); }
INLINE vf nearest(vf x) { return (vf)_mm256_round_ps((__m256)x, 0x08); }
INLINE vf scaled(vf x, vf octaves) {
    vf n = (vf)_mm256_floor_ps((__m256)minimum(maximum(octaves, all(-126)), all(127)));
    return (vf)((vi)x + ((vi)_mm256_cvtps_epi32((__m256)n) << 23));
}

#endif

INLINE vf positive(vf x) { return maximum(x, all(0)); }

// 1 / x, to 1 ulp: the table's bits and one Newton step.
INLINE vf reciprocal(vf x) {
    vf y = approximate_reciprocal(x);
    return y + y * (1.0f - x * y);
}

// 1 / sqrt(x) likewise; infinite at 0.
INLINE vf rsqrt(vf x) {
    vf y = approximate_rsqrt(x);
    return y + (0.5f * y) * (1.0f - (x * y) * y);
}

INLINE vf root(vf x) { return x * rsqrt(x); }

// 2^x: relative error 1.5e-7 besides that of x.
INLINE vf exp2v(vf x) {
    vf f = fraction(x);
    vf p = all(0.0018775759401763268f);
    p = p * f + 0.008989341869355526f;
    p = p * f + 0.055826316560486f;
    p = p * f + 0.24015361754868078f;
    p = p * f + 0.6931530731418107f;
    p = p * f + 0.9999999250645681f;
    return scaled(p, x);
}

// 2^x - 1, relative error 2e-7 at any x, 0 included.
INLINE vf exp2m1(vf x) {
    vf n = nearest(x), f = x - n;
    vf p = all(0.0001546973047233046f);
    p = p * f + 0.0013390866849984978f;
    p = p * f + 0.009618030785322836f;
    p = p * f + 0.05550357105510053f;
    p = p * f + 0.2402265108412325f;
    p = p * f + 0.6931471880289438f;
    vf whole = scaled(all(1), n);
    return whole * (p * f) + (whole - 1.0f);
}

// log2 of a positive normal number: absolute error 2e-7, 0 at 1.
INLINE vf log2v(vf x) {
    vf s = mantissa(x) - 1.0f;
    vf p = all(-0.009309016391582154f);
    p = p * s + 0.05205841975862327f;
    p = p * s + -0.13752042057798433f;
    p = p * s + 0.24186400704229272f;
    p = p * s + -0.34730073408820167f;
    p = p * s + 0.47868361294867345f;
    p = p * s + -0.7211657957590106f;
    p = p * s + 1.4426898807632083f;
    return p * s + exponent(x);
}

INLINE vf expv(vf x) { return exp2v(x * LOG2E); }

// Uniform on (0, 1) of a word: the middle of its cell among 2^24, as kernels/transforms.py has it.
INLINE vf uniform(vu word) { return (of_integers(word >> 8) + 0.5f) * 0x1p-24f; }

// Standard normals of several words: z = x P(t), t = -log(1 - x^2) / 8 - 1, with the P of
// kernels/transforms.py. Steps of all words interleave, because one alone waits for itself.
#define AT_ONCE 4
#define EACH for (int i = 0; i < AT_ONCE; i++)

INLINE void normals(const vu *words, vf *z) {
    static const float log_terms[] = {
        -0.001310495872720408f, 0.002176774842064404f, -0.0032327840919153636f,
        0.006116123667543907f,  -0.012350610379509273f, 0.027780675205087434f,
        -0.08333321946730628f,  -1.0506831614474028f,
    };
    static const float terms[] = {
        0.010057794861495495f,  -0.012532980181276798f,  -0.02903587557375431f,
        0.05110420286655426f,   0.00046784631558693945f, -0.04352349787950516f,
        0.04607871174812317f,   -0.0557311549782753f,    0.059519242495298386f,
        -0.024035867303609848f, -0.051569338887929916f,  0.17794819176197052f,
        -0.45756661891937256f,  1.9952512979507446f,     3.7638425827026367f,
    };
    vf x[AT_ONCE], s[AT_ONCE], t[AT_ONCE], p[AT_ONCE];
    EACH x[i] = of_integers(words[i] >> 8) * 0x1p-23f + (0x1p-24f - 1.0f);
    EACH p[i] = 1.0f - x[i] * x[i];
    EACH s[i] = mantissa(p[i]) - 1.5f;
    EACH t[i] = all(log_terms[0]);
#pragma GCC unroll 8
    for (int k = 1; k < 8; k++) EACH t[i] = t[i] * s[i] + log_terms[k];
    EACH t[i] = exponent(p[i]) * (-LN2 / 8) + t[i];
    EACH p[i] = all(terms[0]);
#pragma GCC unroll 16
    for (int k = 1; k < 15; k++) EACH p[i] = p[i] * t[i] + terms[k];
    EACH z[i] = x[i] * p[i];
}

// Standard normal distribution function, absolute error below 1e-7 (Numerical Recipes' erfcc).
INLINE vf ndtr(vf z) {
    vf x = maximum(z, -z) * 0.70710678118654752f;
    vf t = reciprocal(1.0f + 0.5f * x);
    vf p = all(0.17087277f);
    p = p * t + -0.82215223f;
    p = p * t + 1.48851587f;
    p = p * t + -1.13520398f;
    p = p * t + 0.27886807f;
    p = p * t + -0.18628806f;
    p = p * t + 0.09678418f;
    p = p * t + 0.37409196f;
    p = p * t + 1.00002368f;
    p = p * t + -1.26551223f;
    vf upper = 0.5f * t * expv(p - x * x);
    return choose(below(z, all(0)), upper, 1.0f - upper);
}
