// Histograms of many values at once: what `count` in native.py calls.
//
// Operands: the bins of each histogram, the row of each that comes first, the population of each path
// (one that is out of range is not counted), what a path counts, then the values of each histogram,
// then its counts so far, which are changed in place.
#include "native.h"

enum { CHUNK = 256 };  // places that are found before they are counted

struct bins {
    int32_t shift, first, side, is_signed, groups;
    long count() const { return is_signed ? 2 * side : side; }
};

// As LogBins.index.
INLINE vi place(vf x, bins b) {
    vf size = b.is_signed ? abs_(x) : max_second(x, all(0.0f));
    vi at = ((vi)size >> b.shift) - (b.first - 1);
    at = min_(max_(at, all(0)), all(b.side - 1));
    return b.is_signed ? choose(lt(x, all(0.0f)), b.side - 1 - at, b.side + at) : at;
}

// One row of paths. `everybody`: no path is out of range.
INLINE void row(const float *value, int32_t *counts, const int32_t *group, int32_t weight,
                long paths, bins b, bool everybody) {
    int32_t at[CHUNK];
    for (long start = 0; start < paths; start += CHUNK) {
        const long size = paths - start < CHUNK ? paths - start : CHUNK;
        const float *x = value + start;
        const int32_t *g = group + start;
        for (long i = 0; i < size; i += LANES)
            store(at + i, load<vi>(g + i) * (int32_t)b.count() + place(load<vf>(x + i), b));
        for (long i = 0; i < size; i++)
            if (everybody || (uint32_t)g[i] < (uint32_t)b.groups) counts[at[i]] += weight;
    }
}

extern "C" XLA_FFI_Error *walk(XLA_FFI_CallFrame *call) {
    if (asked(call)) return nullptr;
    const bins *layouts = operand<bins>(call, 0);
    const int32_t *first = operand<int32_t>(call, 1), *group = operand<int32_t>(call, 2);
    const int32_t weight = *operand<int32_t>(call, 3);
    const long paths = axis(call, 2, 0);
    bool everybody = true;
    for (long i = 0; i < paths; i++) everybody &= (uint32_t)group[i] < (uint32_t)layouts->groups;
    for (long h = 0; h < call->rets.size; h++) {
        const bins b = layouts[h];
        const float *value = operand<float>(call, 4 + h);
        int32_t *counts = result<int32_t>(call, h) + first[h] * b.groups * b.count();
        for (long step = 0; step < axis(call, 4 + h, 0); step++) {
            if (everybody)
                row(value, counts, group, weight, paths, b, true);
            else
                row(value, counts, group, weight, paths, b, false);
            value += paths;
            counts += b.groups * b.count();
        }
    }
    return nullptr;
}
