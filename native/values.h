// Conversion of JavaScript values to C++ and back.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

#include "failure.h"
#include "worker.h"

namespace balloon {

// null on success, else the failure as an object.
Napi::Value FailureValue(Napi::Env env, const Outcome& failure);

// Takes a whole number of 0 or more. Returns false, with a pending TypeError that contains `name`, for another value.
// The following functions do the same.
bool TakeWhole(Napi::Value value, const char* name, uint64_t* taken);

// A number from 0 to 100.
bool TakePercent(Napi::Value value, const char* name, double* taken);

bool TakeBackdoor(Napi::Value value, BackdoorKind* taken);
bool TakePermission(Napi::Value value, IoPermission* taken);

// "io_uring" or "mlock".
const char* PinName(PinKind pin);

// BalloonOptions of src/hw/native/addon.ts.
bool TakeBalloonOptions(Napi::Value value, Balloon::Options* taken);

// WorkerOptions of src/hw/native/addon.ts.
bool TakeOptions(Napi::Value value, WorkerOptions* taken, uint64_t* floor_pages, double* psi_full);

}  // namespace balloon
