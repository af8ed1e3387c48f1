// The measuring part of the addon: MeasuringAddon in src/sim/gauge/gauge.ts.
#pragma once

#include <napi.h>

namespace balloon {

// Adds the functions to the exports.
void DefineMeasuring(Napi::Env env, Napi::Object exports);

}  // namespace balloon
