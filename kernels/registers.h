// The instructions that native.h names, by the names of Intel's header.
//
// GCC takes up to a second to read that header, several times what it takes to compile a step, so
// where it knows its own names of these instructions, only they are told here.
#pragma once

#if defined(__clang__) || !defined(__has_builtin)
#include <immintrin.h>

#elif LANES == 16 && __has_builtin(__builtin_ia32_cmpps512_mask) &&                                \
    __has_builtin(__builtin_ia32_cmpd512_mask) && __has_builtin(__builtin_ia32_ucmpd512_mask) &&   \
    __has_builtin(__builtin_ia32_blendmps_512_mask) &&                                             \
    __has_builtin(__builtin_ia32_blendmd_512_mask) && __has_builtin(__builtin_ia32_maxps512_mask) && \
    __has_builtin(__builtin_ia32_minps512_mask) && __has_builtin(__builtin_ia32_sqrtps512_mask) && \
    __has_builtin(__builtin_ia32_rndscaleps_mask) &&                                               \
    __has_builtin(__builtin_ia32_rcp14ps512_mask) &&                                               \
    __has_builtin(__builtin_ia32_vfnmaddps512_mask) &&                                             \
    __has_builtin(__builtin_ia32_vfmaddps512_mask) &&                                              \
    __has_builtin(__builtin_ia32_reduceps512_mask) &&                                              \
    __has_builtin(__builtin_ia32_scalefps512_mask) &&                                              \
    __has_builtin(__builtin_ia32_getmantps512_mask) &&                                             \
    __has_builtin(__builtin_ia32_getexpps512_mask) && __has_builtin(__builtin_ia32_addps512_mask) && \
    __has_builtin(__builtin_ia32_gathersiv16sf)
typedef float __m512 __attribute__((vector_size(64)));
typedef int __m512i __attribute__((vector_size(64)));
typedef unsigned short __mmask16;
#define NOTHING (__m512){}
#define EVERY (__mmask16)-1
#define ROUNDED 4  // as the processor is set to
enum {
    _CMP_EQ_OQ = 0x00, _CMP_NEQ_UQ = 0x04, _CMP_LT_OQ = 0x11, _CMP_LE_OQ = 0x12,
    _CMP_GE_OQ = 0x1d, _CMP_GT_OQ = 0x1e,
    _MM_CMPINT_EQ = 0, _MM_CMPINT_LT, _MM_CMPINT_LE, _MM_CMPINT_NE = 4, _MM_CMPINT_NLT,
    _MM_CMPINT_NLE,
    _MM_MANT_NORM_p75_1p5 = 3, _MM_MANT_SIGN_nan = 2
};
#define _mm512_set1_ps(x) (__m512){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}
#define _mm512_cmp_ps_mask(a, b, sign) \
    ((__mmask16)__builtin_ia32_cmpps512_mask(a, b, sign, EVERY, ROUNDED))
#define _mm512_cmp_epi32_mask(a, b, sign) \
    ((__mmask16)__builtin_ia32_cmpd512_mask(a, b, sign, EVERY))
#define _mm512_cmp_epu32_mask(a, b, sign) \
    ((__mmask16)__builtin_ia32_ucmpd512_mask(a, b, sign, EVERY))
#define _mm512_mask_blend_ps(m, a, b) __builtin_ia32_blendmps_512_mask(a, b, m)
#define _mm512_mask_blend_epi32(m, a, b) __builtin_ia32_blendmd_512_mask(a, b, m)
#define _mm512_max_ps(a, b) __builtin_ia32_maxps512_mask(a, b, NOTHING, EVERY, ROUNDED)
#define _mm512_min_ps(a, b) __builtin_ia32_minps512_mask(a, b, NOTHING, EVERY, ROUNDED)
#define _mm512_sqrt_ps(a) __builtin_ia32_sqrtps512_mask(a, NOTHING, EVERY, ROUNDED)
#define _mm512_roundscale_ps(a, how) \
    __builtin_ia32_rndscaleps_mask(a, how, NOTHING, EVERY, ROUNDED)
#define _mm512_rcp14_ps(a) __builtin_ia32_rcp14ps512_mask(a, NOTHING, EVERY)
#define _mm512_fmadd_ps(a, b, c) __builtin_ia32_vfmaddps512_mask(a, b, c, EVERY, ROUNDED)
#define _mm512_fnmadd_ps(a, b, c) __builtin_ia32_vfnmaddps512_mask(a, b, c, EVERY, ROUNDED)
#define _mm512_reduce_ps(a, how) __builtin_ia32_reduceps512_mask(a, how, NOTHING, EVERY)
#define _mm512_scalef_ps(a, b) __builtin_ia32_scalefps512_mask(a, b, NOTHING, EVERY, ROUNDED)
#define _mm512_getmant_ps(a, norm, sign) \
    __builtin_ia32_getmantps512_mask(a, (sign) << 2 | (norm), NOTHING, EVERY, ROUNDED)
#define _mm512_getexp_ps(a) __builtin_ia32_getexpps512_mask(a, NOTHING, EVERY, ROUNDED)
#define _mm512_mask_add_ps(other, m, a, b) \
    __builtin_ia32_addps512_mask(a, b, other, m, ROUNDED)
#define _mm512_i32gather_ps(at, from, size) \
    __builtin_ia32_gathersiv16sf(NOTHING, from, at, EVERY, size)

#elif LANES == 8 && __has_builtin(__builtin_ia32_blendvps256) &&                              \
    __has_builtin(__builtin_ia32_maxps256) && __has_builtin(__builtin_ia32_minps256) &&       \
    __has_builtin(__builtin_ia32_sqrtps256) && __has_builtin(__builtin_ia32_roundps256) &&    \
    __has_builtin(__builtin_ia32_rsqrtps256) && __has_builtin(__builtin_ia32_gathersiv8sf) && \
    __has_builtin(__builtin_ia32_movmskps256)
typedef float __m256 __attribute__((vector_size(32)));
typedef int __m256i __attribute__((vector_size(32)));
#define NOTHING (__m256){}
#define _mm256_blendv_ps(a, b, m) __builtin_ia32_blendvps256(a, b, m)
#define _mm256_max_ps(a, b) __builtin_ia32_maxps256(a, b)
#define _mm256_min_ps(a, b) __builtin_ia32_minps256(a, b)
#define _mm256_sqrt_ps(a) __builtin_ia32_sqrtps256(a)
#define _mm256_floor_ps(a) __builtin_ia32_roundps256(a, 1)
#define _mm256_rsqrt_ps(a) __builtin_ia32_rsqrtps256(a)
#define _mm256_movemask_ps(a) __builtin_ia32_movmskps256(a)
#define _mm256_i32gather_ps(from, at, size) \
    __builtin_ia32_gathersiv8sf(NOTHING, from, at, (__m256)(NOTHING == NOTHING), size)

#else
#include <immintrin.h>
#endif
