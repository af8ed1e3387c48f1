// The worker as a JavaScript object: its methods are those of NativeWorker in src/hw/native/addon.ts.
#pragma once

#include <napi.h>

#include <deque>
#include <memory>

#include "worker.h"

namespace balloon {

class NativeWorker : public Napi::ObjectWrap<NativeWorker> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit NativeWorker(const Napi::CallbackInfo& info);
  ~NativeWorker() override;

  // Starts opening the worker; `opened` is called with a failure, or with null and this object.
  void Open(WorkerOptions options, uint64_t floor_pages, double psi_full, Napi::Function opened);

 private:
  static void OnWake(Napi::Env env, Napi::Function, NativeWorker* worker, void*);
  using Wake = Napi::TypedThreadSafeFunction<NativeWorker, void, OnWake>;

  Napi::Value TotalPages(const Napi::CallbackInfo& info);
  Napi::Value Allocate(const Napi::CallbackInfo& info);
  Napi::Value Free(const Napi::CallbackInfo& info);
  Napi::Value Start(const Napi::CallbackInfo& info);
  Napi::Value GuestId(const Napi::CallbackInfo& info);
  Napi::Value GetTarget(const Napi::CallbackInfo& info);
  Napi::Value Lock(const Napi::CallbackInfo& info);
  Napi::Value Unlock(const Napi::CallbackInfo& info);
  Napi::Value Release(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value SetLimits(const Napi::CallbackInfo& info);
  Napi::Value ReadCounters(const Napi::CallbackInfo& info);
  Napi::Value Pin(const Napi::CallbackInfo& info);
  Napi::Value Permission(const Napi::CallbackInfo& info);

  // Submits a task; its callback is the argument after `numbers` numbers.
  Napi::Value Submit(const Napi::CallbackInfo& info, Task::Kind kind, size_t numbers);
  void Await(Napi::Function callback, Task::Kind kind);
  void Tell(const Answer& answer);
  void Stop();
  static void StopAtExit(void* worker);

  struct Waiting {
    Napi::FunctionReference callback;
    Task::Kind kind;
  };

  std::unique_ptr<Worker> worker_;
  Wake wake_;
  // The callbacks, in the order of the answers.
  std::deque<Waiting> waiting_;
  // Whether a callback is pending; then neither the process may exit nor this object be collected.
  bool awaited_ = false;
};

}  // namespace balloon
