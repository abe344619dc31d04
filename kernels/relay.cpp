// Functions that XLA is told of while the code that they call is still being compiled: see `announced`
// in native.py.
#include <utility>

#include "native.h"

enum { PLACES = 64 };
typedef XLA_FFI_Error *handler(XLA_FFI_CallFrame *);

extern "C" handler *targets[PLACES] = {};  // set before anything is run

template <int place>
static XLA_FFI_Error *relay(XLA_FFI_CallFrame *call) {
    return asked(call) ? nullptr : targets[place](call);
}

struct table {
    handler *places[PLACES];
};
template <int... place>
static constexpr table filled(std::integer_sequence<int, place...>) {
    return {{relay<place>...}};
}
extern "C" const table relays = filled(std::make_integer_sequence<int, PLACES>());
