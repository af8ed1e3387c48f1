#include "values.h"

#include <cmath>

namespace balloon {
namespace {

bool Refuse(Napi::Env env, const std::string& name, const char* expected) {
  Napi::TypeError::New(env, name + ": expected " + expected).ThrowAsJavaScriptException();
  return false;
}

bool TakePin(Napi::Value value, std::optional<PinKind>* taken) {
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (name == "io_uring") {
    *taken = PinKind::kIoUring;
  } else if (name == "mlock") {
    *taken = PinKind::kMlock;
  } else if (name != "auto") {
    return Refuse(value.Env(), "pin", "io_uring, mlock or auto");
  }
  return true;
}

}  // namespace

Napi::Value FailureValue(Napi::Env env, const Outcome& failure) {
  if (!failure.has_value()) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", failure->code);
  object.Set("message", failure->message);
  return object;
}

bool TakeWhole(Napi::Value value, const char* name, uint64_t* taken) {
  constexpr double kMost = 9007199254740991;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= kMost) || std::floor(number) != number) {
    return Refuse(value.Env(), name, "a whole number from 0 on");
  }
  *taken = static_cast<uint64_t>(number);
  return true;
}

bool TakePercent(Napi::Value value, const char* name, double* taken) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= 100)) return Refuse(value.Env(), name, "a number from 0 to 100");
  *taken = number;
  return true;
}

bool TakeBackdoor(Napi::Value value, BackdoorKind* taken) {
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  *taken = name == "emulated" ? BackdoorKind::kEmulated : BackdoorKind::kVmware;
  return name == "vmware" || name == "emulated" || Refuse(value.Env(), "backdoor", "vmware or emulated");
}

bool TakePermission(Napi::Value value, IoPermission* taken) {
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  *taken = name == "ioperm" ? IoPermission::kIoperm : name == "none" ? IoPermission::kNone : IoPermission::kAuto;
  return name == "ioperm" || name == "none" || name == "auto" ||
         Refuse(value.Env(), "ioPermission", "ioperm, none or auto");
}

const char* PinName(PinKind pin) { return pin == PinKind::kMlock ? "mlock" : "io_uring"; }

bool TakeBalloonOptions(Napi::Value value, Balloon::Options* taken) {
  const Napi::Env env = value.Env();
  if (!value.IsObject()) return Refuse(env, "options", "an object");
  const Napi::Object object = value.As<Napi::Object>();
  if (!TakeWhole(object.Get("arenaPages"), "arenaPages", &taken->arena_pages) ||
      !TakeWhole(object.Get("slotPages"), "slotPages", &taken->slot_pages) || !TakePin(object.Get("pin"), &taken->pin)) {
    return false;
  }
  // 128 TiB is the address space of a program.
  if (taken->arena_pages < 1 || taken->arena_pages >= uint64_t{1} << 35) {
    return Refuse(env, "arenaPages", "1 to 2^35 - 1 pages");
  }
  if (taken->slot_pages < 512 || taken->slot_pages > 16384) {
    return Refuse(env, "slotPages", "512 to 16384 pages (2 to 64 MiB)");
  }
  uint64_t capabilities;
  if (!TakeWhole(object.Get("capabilities"), "capabilities", &capabilities)) return false;
  constexpr uint64_t kKnown = kBasicCommands | kBatchedCommands | kLargeCommands | kTargets64;
  if ((capabilities & kBasicCommands) == 0 || (capabilities & ~kKnown) != 0) {
    return Refuse(env, "capabilities", "bits of 0x2e, 0x02 among them");
  }
  taken->capabilities = static_cast<uint32_t>(capabilities);
  const Napi::Value may_move = object.Get("allowUnpinnedMoves");
  taken->may_move = may_move.IsBoolean() && may_move.As<Napi::Boolean>();
  return may_move.IsBoolean() || may_move.IsUndefined() || Refuse(env, "allowUnpinnedMoves", "true or false");
}

bool TakeOptions(Napi::Value value, WorkerOptions* taken, uint64_t* floor_pages, double* psi_full) {
  if (!TakeBalloonOptions(value, &taken->balloon)) return false;
  const Napi::Object object = value.As<Napi::Object>();
  if (!TakeBackdoor(object.Get("backdoor"), &taken->backdoor) ||
      !TakePermission(object.Get("ioPermission"), &taken->io_permission) ||
      !TakeWhole(object.Get("floorPages"), "floorPages", floor_pages) ||
      !TakePercent(object.Get("psiFullLimit"), "psiFullLimit", psi_full)) {
    return false;
  }
  const Napi::Value script = object.Get("script");
  if (script.IsString()) taken->script = script.As<Napi::String>().Utf8Value();
  return script.IsString() || script.IsUndefined() || Refuse(value.Env(), "script", "the text of a host's script");
}

}  // namespace balloon
