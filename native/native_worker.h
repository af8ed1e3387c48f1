// The worker as an object of JavaScript: its methods are those of NativeWorker in src/hw/native/addon.ts.
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

  // Begins to open; `opened` is called with a failure, or with null and this object.
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

  // Hands a task over, whose callback is the argument after `numbers` numbers.
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
  // Whom to tell, in the order of the answers.
  std::deque<Waiting> waiting_;
  // Whether a caller waits, so that neither the process nor this object may go.
  bool awaited_ = false;
};

}  // namespace balloon
