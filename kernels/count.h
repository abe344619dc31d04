// Histograms of many values at once: `count` in native.py hands over what follows.
//
// Operands: for each histogram its bins (five numbers), the row that comes first in each, the
// population of each path (one that is out of range is not counted), what a path counts, then all
// values and all counts so far, which are changed in place.
#include "native.h"

struct bins {
    int32_t shift, first, side, is_signed, groups;
};

INLINE int32_t size_of(const XLA_FFI_Buffer *buffer, int axis) { return buffer->dims[axis]; }

// The same places as LogBins.index.
INLINE vi place(vf x, struct bins b) {
    vf size = b.is_signed ? abs_(x) : max_second(x, all(0.0f));
    vi at = ((vi)size >> b.shift) - (b.first - 1);
    at = min_(max_(at, all(0)), all(b.side - 1));
    return b.is_signed ? choose(lt(x, all(0.0f)), b.side - 1 - at, b.side + at) : at;
}

INLINE void rows(const float *value, int32_t *counts, const int32_t *group, int32_t weight,
                 long paths, struct bins b, bool everybody) {
    const int32_t count = b.is_signed ? 2 * b.side : b.side;
    enum { CHUNK = 256 };
    int32_t at[CHUNK];
    for (long start = 0; start < paths; start += CHUNK) {
        for (long i = 0; i < CHUNK; i += LANES)
            store(at + i, load<vi>(group + start + i) * count + place(load<vf>(value + start + i), b));
        for (long i = 0; i < CHUNK; i++)
            if (everybody || (uint32_t)group[start + i] < (uint32_t)b.groups) counts[at[i]] += weight;
    }
}

extern "C" XLA_FFI_Error *walk(XLA_FFI_CallFrame *call) {
    if (asked(call)) return nullptr;
    const bins *all_bins = operand<bins>(call, 0);
    const int32_t *first = operand<int32_t>(call, 1), *group = operand<int32_t>(call, 2);
    const int32_t weight = *operand<int32_t>(call, 3);
    const long paths = size_of((XLA_FFI_Buffer *)call->args.args[2], 0);
    const int32_t groups = all_bins[0].groups;
    bool everybody = true;
    for (long i = 0; i < paths; i++) everybody &= (uint32_t)group[i] < (uint32_t)groups;
    for (long h = 0; h < call->rets.size; h++) {
        const bins b = all_bins[h];
        const long count = b.is_signed ? 2 * b.side : b.side;
        const float *value = operand<float>(call, 4 + h);
        int32_t *counts = result<int32_t>(call, h);
        const long steps = size_of((XLA_FFI_Buffer *)call->args.args[4 + h], 0);
        for (long row = 0; row < steps; row++) {
            int32_t *to = counts + (first[h] + row) * groups * count;
            if (everybody)
                rows(value + row * paths, to, group, weight, paths, b, true);
            else
                rows(value + row * paths, to, group, weight, paths, b, false);
        }
    }
    return nullptr;
}
