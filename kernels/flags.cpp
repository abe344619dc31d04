// Counts of what is true of steps and paths: what `count_flags` in native.py calls.
//
// Operands: the step that comes first, the population of each path (one that is out of range is not
// counted), what a path counts, the flags of each step and path, then the counts of each flag so far
// (steps, populations), which are changed in place.
#include "native.h"

enum { CHUNK = 32 };  // paths whose flags fill a word

INLINE uint32_t where(mask m) {
#if LANES == 16
    return m;
#elif defined(__AVX2__)
    return _mm256_movemask_ps((__m256)m);
#else
    uint32_t bits = 0;
    for (int i = 0; i < LANES; i++) bits |= (m[i] & 1u) << i;
    return bits;
#endif
}

// Of 32 paths, which ones have these bits.
INLINE uint32_t having(const vi *words, int32_t bit) {
    uint32_t bits = 0;
    for (int i = 0; i < CHUNK / LANES; i++)
        bits |= where(ne(words[i] & bit, all(0))) << (i * LANES);
    return bits;
}
INLINE uint32_t equal(const int32_t *numbers, int32_t number) {
    uint32_t bits = 0;
    for (int i = 0; i < CHUNK / LANES; i++)
        bits |= where(eq(load<vi>(numbers + i * LANES), all(number))) << (i * LANES);
    return bits;
}

extern "C" XLA_FFI_Error *walk(XLA_FFI_CallFrame *call) {
    if (asked(call)) return nullptr;
    const int32_t first = *operand<int32_t>(call, 0), weight = *operand<int32_t>(call, 2);
    const int32_t *group = operand<int32_t>(call, 1), *flags = operand<int32_t>(call, 3);
    const long steps = axis(call, 3, 0), paths = axis(call, 3, 1), groups = axis(call, 4, 1);
    uint32_t members[groups];
    for (long start = 0; start < paths; start += CHUNK) {
        for (long g = 0; g < groups; g++) members[g] = equal(group + start, (int32_t)g);
        for (long s = 0; s < steps; s++) {
            vi words[CHUNK / LANES];
            memcpy(words, flags + s * paths + start, sizeof words);
            for (long k = 0; k < call->rets.size; k++) {
                const uint32_t happened = having(words, 1 << k);
                int32_t *counts = result<int32_t>(call, k) + (first + s) * groups;
                for (long g = 0; g < groups; g++)
                    counts[g] += weight * __builtin_popcount(happened & members[g]);
            }
        }
    }
    return nullptr;
}
