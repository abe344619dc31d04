// Lanes of paths for the steps that `native.py` prints: 16 at once with AVX-512, otherwise 8.
//
// Plain arithmetic is the compiler's vector extension; an intrinsic stands where the compiler
// would not find the instruction. A number that is not finite stays so through all of it.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "xla/ffi/api/c_api.h"

#define INLINE static inline __attribute__((always_inline))
// A function that is printed hundreds of times in code that runs once a path: called, because the
// compiler takes more than twice the time to lay out so long a text.
#ifdef SHORT
#define SHARED static __attribute__((noinline))
#else
#define SHARED INLINE
#endif

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#define LANES 16
#include "registers.h"
#else
#define LANES 8
#if defined(__AVX2__) && defined(__FMA__)
#include "registers.h"
#endif
#endif

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));

INLINE vf all(float x) { return x - (vf){}; }
INLINE vi all(int32_t x) { return x - (vi){}; }
INLINE vu all(uint32_t x) { return x - (vu){}; }

template <class V, class T>
INLINE V load(const T *from) {
    V x;
    memcpy(&x, from, sizeof x);
    return x;
}
template <class V, class T>
INLINE void store(T *to, V x) {
    memcpy(to, &x, sizeof x);
}

INLINE float of_bits(uint32_t x) {
    float y;
    memcpy(&y, &x, sizeof y);
    return y;
}
INLINE uint32_t bits_of(float x) {
    uint32_t y;
    memcpy(&y, &x, sizeof y);
    return y;
}

// 2^f for f from -1/2 to 1/2, exact at 0.
INLINE vf power_of_two(vf f) {
    vf p = all(0.00132544596f);
    p = p * f + 0.00967210713f;
    p = p * f + 0.0555078075f;
    p = p * f + 0.240222302f;
    p = p * f + 0.693146929f;
    return p * f + 1.0f;
}

#if LANES == 16

typedef __mmask16 mask;

INLINE mask all(bool x) { return x ? 0xFFFF : 0; }
#define COMPARISON(name, sign)                                                                    \
    INLINE mask name(vf a, vf b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, sign##Q); }
COMPARISON(eq, _CMP_EQ_O)
COMPARISON(ne, _CMP_NEQ_U)
COMPARISON(lt, _CMP_LT_O)
COMPARISON(le, _CMP_LE_O)
COMPARISON(gt, _CMP_GT_O)
COMPARISON(ge, _CMP_GE_O)
#undef COMPARISON
#define COMPARISON(name, sign)                                                                    \
    INLINE mask name(vi a, vi b) { return _mm512_cmp_epi32_mask((__m512i)a, (__m512i)b, sign); }  \
    INLINE mask name(vu a, vu b) { return _mm512_cmp_epu32_mask((__m512i)a, (__m512i)b, sign); }
COMPARISON(eq, _MM_CMPINT_EQ)
COMPARISON(ne, _MM_CMPINT_NE)
COMPARISON(lt, _MM_CMPINT_LT)
COMPARISON(le, _MM_CMPINT_LE)
COMPARISON(gt, _MM_CMPINT_NLE)
COMPARISON(ge, _MM_CMPINT_NLT)
#undef COMPARISON
INLINE mask inverse(mask m) { return ~m; }
INLINE vf choose(mask m, vf a, vf b) { return (vf)_mm512_mask_blend_ps(m, (__m512)b, (__m512)a); }
INLINE vi choose(mask m, vi a, vi b) {
    return (vi)_mm512_mask_blend_epi32(m, (__m512i)b, (__m512i)a);
}
INLINE vu choose(mask m, vu a, vu b) { return (vu)choose(m, (vi)a, (vi)b); }
INLINE mask choose(mask m, mask a, mask b) { return (m & a) | (~m & b); }

// The second operand where one is not a number.
INLINE vf max_second(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE vf min_second(vf a, vf b) { return (vf)_mm512_min_ps((__m512)a, (__m512)b); }
INLINE vf sqrt_(vf x) { return (vf)_mm512_sqrt_ps((__m512)x); }
INLINE vf floor_(vf x) { return (vf)_mm512_roundscale_ps((__m512)x, 0x09); }

// 1 / x to 1 ulp: the table's bits and one Newton step. Of 0 and infinity the step is not a number,
// for which the minimum puts 1: twice infinity or 0 is the same.
INLINE vf reciprocal(vf x) {
    __m512 one = _mm512_set1_ps(1.0f), y = _mm512_rcp14_ps((__m512)x);
    __m512 e = _mm512_min_ps(_mm512_fnmadd_ps((__m512)x, y, one), one);
    return (vf)_mm512_fmadd_ps(e, y, y);
}
INLINE vf quotient(vf a, vf b) { return a * reciprocal(b); }

// e^x = 2^(n + f).
SHARED vf exp_(vf x) {
    vf y = x * 1.44269504088896341f;
    vf f = (vf)_mm512_reduce_ps((__m512)y, 0x09);  // y - floor(y)
    vf p = all(0.0018775759401763268f);
    p = p * f + 0.008989341869355526f;
    p = p * f + 0.055826316560486f;
    p = p * f + 0.24015361754868078f;
    p = p * f + 0.6931530731418107f;
    p = p * f + 0.9999999250645681f;
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)y);
}

// The same with f from -1/2 to 1/2, one operation more: exact at 0, next to which the factor of a
// product lies that many steps multiply.
INLINE vf factor(vf x) {
    vf y = x * 1.44269504088896341f;
    vf f = (vf)_mm512_reduce_ps((__m512)y, 0x08);  // y - nearest(y)
    return (vf)_mm512_scalef_ps((__m512)power_of_two(f), (__m512)(y - f));
}

INLINE vf mantissa(vf x) {  // from 3/4 to 3/2
    return (vf)_mm512_getmant_ps((__m512)x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
}
INLINE vf exponent(vf x, vf m) {
    __m512 e = _mm512_getexp_ps((__m512)x);
    __mmask16 up = _mm512_cmp_ps_mask((__m512)m, _mm512_set1_ps(1.0f), _CMP_LT_OQ);
    return (vf)_mm512_mask_add_ps(e, up, e, _mm512_set1_ps(1.0f));
}
INLINE vf logarithm(vf, vf found) { return found; }

#else

typedef vi mask;

INLINE mask all(bool x) { return all(-(int32_t)x); }
#define COMPARISON(name, sign)                             \
    INLINE mask name(vf a, vf b) { return (vi)(a sign b); } \
    INLINE mask name(vi a, vi b) { return (vi)(a sign b); } \
    INLINE mask name(vu a, vu b) { return (vi)(a sign b); }
COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)
#undef COMPARISON
INLINE mask inverse(mask m) { return ~m; }

#if defined(__AVX2__) && defined(__FMA__)

template <class V>
INLINE V choose(mask m, V a, V b) {
    return (V)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
}
INLINE vf max_second(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE vf min_second(vf a, vf b) { return (vf)_mm256_min_ps((__m256)a, (__m256)b); }
INLINE vf sqrt_(vf x) { return (vf)_mm256_sqrt_ps((__m256)x); }
INLINE vf floor_(vf x) { return (vf)_mm256_floor_ps((__m256)x); }
INLINE vf inverse_root(vf x) { return (vf)_mm256_rsqrt_ps((__m256)x); }

#else

template <class V>
INLINE V choose(mask m, V a, V b) {
    return (V)((m & (vi)a) | (~m & (vi)b));
}
INLINE vf max_second(vf a, vf b) { return choose(gt(a, b), a, b); }
INLINE vf min_second(vf a, vf b) { return choose(lt(a, b), a, b); }
INLINE vf sqrt_(vf x) {
    for (int i = 0; i < LANES; i++) x[i] = __builtin_sqrtf(x[i]);
    return x;
}
INLINE vf floor_(vf x) {
    for (int i = 0; i < LANES; i++) x[i] = __builtin_floorf(x[i]);
    return x;
}
INLINE vf inverse_root(vf x) { return 1.0f / sqrt_(x); }

#endif

INLINE vf quotient(vf a, vf b) { return a / b; }

// e^x = 2^(n + f), n the nearest integer, which the sum with 1.5 2^23 leaves in its last bits; at
// the ends f is 0 and the power exactly 0 or infinite.
SHARED vf exp_(vf x) {
    vf y = min_second(all(128.0f), max_second(all(-127.0f), x * 1.44269504088896341f));
    vf n = y + 0x1.8p23f, f = y - (n - 0x1.8p23f);
    return (vf)((vi)power_of_two(f) + ((vi)n << 23));
}
INLINE vf factor(vf x) { return exp_(x); }

// x = m 2^e with m from 3/4 to 3/2, for normal numbers; of others the logarithm comes from its
// approximate root: -inf at 0, inf, and not a number below 0.
INLINE vi octaves(vf x) { return ((vi)x - 0x3F400000) >> 23; }
INLINE vf logarithm(vf x, vf found) {
    vi normal = (vi)x + (int32_t)0x7F800000 < (int32_t)0xFF000000;
    return choose((mask)normal, found, x - inverse_root(x + 0.0f));
}
INLINE vf mantissa(vf x) { return (vf)((vi)x - (octaves(x) << 23)); }
INLINE vf exponent(vf x, vf) { return __builtin_convertvector(octaves(x), vf); }

#endif

// log x = log(1 + s) + n log 2, relative error 1e-7 next to 1 too; for positive normal numbers.
SHARED vf log_normal(vf x) {
    vf m = mantissa(x), s = m - 1.0f;
    vf p = all(0.052806753665208817f);
    p = p * s + -0.1194193959236145f;
    p = p * s + 0.14970232546329498f;
    p = p * s + -0.16837115585803986f;
    p = p * s + 0.19979418814182281f;
    p = p * s + -0.2499287873506546f;
    p = p * s + 0.33333492279052734f;
    p = p * s + -0.5000007152557373f;
    p = p * s + 1.0f;
    return p * s + exponent(x, m) * 0.693147180559945309f;
}
INLINE vf log_(vf x) { return logarithm(x, log_normal(x)); }
INLINE vf log2_(vf x) { return log_(x) * 1.44269504088896341f; }

// log(1 + x), with what the sum has lost.
SHARED vf log1p_(vf x) {
    vf u = 1.0f + x, lost = x - (u - 1.0f);
    vf exact = log_(u) + quotient(lost, u);
    return choose(gt(u, all(0.0f)) & lt(u, all(__builtin_inff())), exact, log_(u));
}

// Entries of a table that all paths share.
INLINE vf taken(const float *from, vi at) {
#if LANES == 16
    return (vf)_mm512_i32gather_ps((__m512i)at, from, 4);
#elif defined(__AVX2__)
    return (vf)_mm256_i32gather_ps(from, (__m256i)at, 4);
#else
    vf x;
    for (int i = 0; i < LANES; i++) x[i] = from[at[i]];
    return x;
#endif
}

INLINE vf max_(vf a, vf b) { return choose(eq(a, a), max_second(a, b), a); }
INLINE vf min_(vf a, vf b) { return choose(eq(a, a), min_second(a, b), a); }
INLINE vi max_(vi a, vi b) { return choose(gt(a, b), a, b); }
INLINE vi min_(vi a, vi b) { return choose(lt(a, b), a, b); }
INLINE vu max_(vu a, vu b) { return choose(gt(a, b), a, b); }
INLINE vu min_(vu a, vu b) { return choose(lt(a, b), a, b); }
INLINE vf abs_(vf x) { return (vf)((vi)x & 0x7FFFFFFF); }
INLINE vi abs_(vi x) { return choose(lt(x, all(0)), -x, x); }
INLINE vi quotient(vi a, vi b) { return a / b; }
INLINE vu quotient(vu a, vu b) { return a / b; }

// One number for all lanes.
#define COMPARISON(name, sign) \
    template <class T>         \
    INLINE bool name(T a, T b) { return a sign b; }
INLINE float max_(float a, float b) { return a != a || a > b ? a : b; }
INLINE float min_(float a, float b) { return a != a || a < b ? a : b; }
INLINE int32_t max_(int32_t a, int32_t b) { return a > b ? a : b; }
INLINE int32_t min_(int32_t a, int32_t b) { return a < b ? a : b; }
INLINE uint32_t max_(uint32_t a, uint32_t b) { return a > b ? a : b; }
INLINE uint32_t min_(uint32_t a, uint32_t b) { return a < b ? a : b; }
INLINE float max_second(float a, float b) { return max_(a, b); }
INLINE float min_second(float a, float b) { return min_(a, b); }
INLINE float abs_(float x) { return __builtin_fabsf(x); }
INLINE int32_t abs_(int32_t x) { return x < 0 ? -x : x; }
INLINE float exp_(float x) { return __builtin_expf(x); }
INLINE float log_(float x) { return __builtin_logf(x); }
INLINE float log2_(float x) { return __builtin_log2f(x); }
INLINE float log1p_(float x) { return __builtin_log1pf(x); }
INLINE float sqrt_(float x) { return __builtin_sqrtf(x); }
INLINE float floor_(float x) { return __builtin_floorf(x); }
INLINE bool inverse(bool x) { return !x; }
INLINE float quotient(float a, float b) { return a / b; }
INLINE int32_t quotient(int32_t a, int32_t b) { return a / b; }
INLINE uint32_t quotient(uint32_t a, uint32_t b) { return a / b; }
COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)
#undef COMPARISON
template <class T>
INLINE T choose(bool m, T a, T b) {
    return m ? a : b;
}

// Whether XLA only asks which interface this was compiled for; it is told.
INLINE bool asked(XLA_FFI_CallFrame *call) {
    XLA_FFI_InternalExtension *about = call->extension_start;
    if (about == nullptr || about->type != XLA_FFI_Extension_Metadata) return false;
    XLA_FFI_Metadata *told = ((XLA_FFI_Metadata_Extension *)about)->metadata;
    told->api_version.major_version = XLA_FFI_API_MAJOR;
    told->api_version.minor_version = XLA_FFI_API_MINOR;
    return true;
}
template <class T>
INLINE const T *operand(XLA_FFI_CallFrame *call, int number) {
    return (const T *)((XLA_FFI_Buffer *)call->args.args[number])->data;
}
// Length of an operand's axis.
INLINE long axis(XLA_FFI_CallFrame *call, int number, int which) {
    return ((XLA_FFI_Buffer *)call->args.args[number])->dims[which];
}
template <class T>
INLINE T *result(XLA_FFI_CallFrame *call, int number) {
    return (T *)((XLA_FFI_Buffer *)call->rets.rets[number])->data;
}
