// The exports of the addon: Addon in src/hw/native/addon.ts, and MeasuringAddon in src/sim/gauge/gauge.ts.

#include <napi.h>

#include "cpu.h"
#include "measuring.h"
#include "native_worker.h"
#include "process.h"
#include "rights.h"
#include "values.h"

namespace balloon {
namespace {

// The constructor of NativeWorker in this environment.
struct Classes {
  Napi::FunctionReference worker;
};

Napi::Value Cpu(const Napi::CallbackInfo& info) {
  const CpuFacts facts = ReadCpuFacts();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("architecture", "x86_64");
  object.Set("isVirtual", facts.is_virtual);
  object.Set("vendor", facts.vendor);
  return object;
}

Napi::Value Probe(const Napi::CallbackInfo& info) {
  BackdoorKind backdoor;
  IoPermission permission;
  if (!TakeBackdoor(info[0], &backdoor) || !TakePermission(info[1], &permission)) return info.Env().Undefined();
  return FailureValue(info.Env(), TryPort(backdoor, permission));
}

Napi::Value TryBalloon(const Napi::CallbackInfo& info) {
  Balloon::Options options{};
  if (!TakeBalloonOptions(info[0], &options)) return info.Env().Undefined();
  Balloon::Trial trial{};
  const Outcome failure = Balloon::Try(options, &trial);
  if (failure.has_value()) return FailureValue(info.Env(), failure);
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("pin", PinName(trial.pin));
  object.Set("movers", trial.movers);
  return object;
}

Napi::Value OpenWorker(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  WorkerOptions options{};
  uint64_t floor_pages;
  double psi_full;
  if (!TakeOptions(info[0], &options, &floor_pages, &psi_full)) return env.Undefined();
  if (!info[1].IsFunction()) {
    Napi::TypeError::New(env, "expected a function that takes the worker").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Napi::Object object = env.GetInstanceData<Classes>()->worker.New({Napi::External<void>::New(env, nullptr)});
  if (env.IsExceptionPending()) return env.Undefined();
  NativeWorker::Unwrap(object)->Open(std::move(options), floor_pages, psi_full, info[1].As<Napi::Function>());
  return env.Undefined();
}

Napi::Value NotifyManager(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), Notify(info[0].ToString().Utf8Value()));
}

Napi::Value Writable(const Napi::CallbackInfo& info) {
  uint64_t fd;
  if (!TakeWhole(info[0], "fd", &fd)) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), IsWritable(static_cast<int>(fd)));
}

Napi::Value LockMemory(const Napi::CallbackInfo& info) { return FailureValue(info.Env(), LockOwnMemory()); }

Napi::Value DropAllRights(const Napi::CallbackInfo& info) {
  return FailureValue(info.Env(), DropRights(info[0].IsBoolean() && info[0].As<Napi::Boolean>()));
}

Napi::Value Exit(const Napi::CallbackInfo& info) { ExitNow(info[0].ToNumber().Int32Value()); }

Napi::Value Lock(const Napi::CallbackInfo& info) {
  return FailureValue(info.Env(), LockFile(info[0].ToString().Utf8Value()));
}

}  // namespace

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Classes{Napi::Persistent(NativeWorker::Define(env))});
  exports.Set("nodeApiVersion", Napi::Number::New(env, NAPI_VERSION));
  exports.Set("cpu", Napi::Function::New(env, Cpu, "cpu"));
  exports.Set("probe", Napi::Function::New(env, Probe, "probe"));
  exports.Set("tryBalloon", Napi::Function::New(env, TryBalloon, "tryBalloon"));
  exports.Set("openWorker", Napi::Function::New(env, OpenWorker, "openWorker"));
  exports.Set("notify", Napi::Function::New(env, NotifyManager, "notify"));
  exports.Set("isWritable", Napi::Function::New(env, Writable, "isWritable"));
  exports.Set("lockOwnMemory", Napi::Function::New(env, LockMemory, "lockOwnMemory"));
  exports.Set("dropRights", Napi::Function::New(env, DropAllRights, "dropRights"));
  exports.Set("exitNow", Napi::Function::New(env, Exit, "exitNow"));
  exports.Set("lockFile", Napi::Function::New(env, Lock, "lockFile"));
  DefineMeasuring(env, exports);
  return exports;
}

}  // namespace balloon

using balloon::Initialize;
NODE_API_MODULE(balloon_hw, Initialize)
