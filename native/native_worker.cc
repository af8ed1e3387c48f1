#include "native_worker.h"

#include "values.h"

namespace balloon {

Napi::Function NativeWorker::Define(Napi::Env env) {
  return DefineClass(env, "NativeWorker",
                     {
                         InstanceMethod<&NativeWorker::TotalPages>("totalPages"),
                         InstanceMethod<&NativeWorker::Allocate>("allocate"),
                         InstanceMethod<&NativeWorker::Free>("free"),
                         InstanceMethod<&NativeWorker::Start>("start"),
                         InstanceMethod<&NativeWorker::GuestId>("guestId"),
                         InstanceMethod<&NativeWorker::GetTarget>("getTarget"),
                         InstanceMethod<&NativeWorker::Lock>("lock"),
                         InstanceMethod<&NativeWorker::Unlock>("unlock"),
                         InstanceMethod<&NativeWorker::Release>("release"),
                         InstanceMethod<&NativeWorker::Close>("close"),
                         InstanceMethod<&NativeWorker::SetLimits>("setLimits"),
                         InstanceMethod<&NativeWorker::ReadCounters>("counters"),
                         InstanceAccessor<&NativeWorker::Pin>("pin"),
                         InstanceAccessor<&NativeWorker::Permission>("ioPermission"),
                     });
}

NativeWorker::NativeWorker(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeWorker>(info) {
  // Only openWorker can create such a value; without a thread the methods could not be answered.
  if (!info[0].IsExternal()) Napi::TypeError::New(Env(), "a worker is made by openWorker").ThrowAsJavaScriptException();
}

NativeWorker::~NativeWorker() { Stop(); }

void NativeWorker::Open(WorkerOptions options, uint64_t floor_pages, double psi_full, Napi::Function opened) {
  wake_ = Wake::New(Env(), "balloon worker", 0, 1, this);
  worker_ = std::make_unique<Worker>(std::move(options), [this] { wake_.NonBlockingCall(); });
  worker_->limits().floor_pages = floor_pages;
  worker_->limits().psi_full = psi_full;
  // If the process exits by itself, the thread ends first, and the memory with it.
  napi_add_env_cleanup_hook(Env(), StopAtExit, this);
  // An open worker is kept even if no script refers to it: it holds memory that only it can free.
  Ref();
  Await(opened, Task::Kind::kOpen);
  worker_->Begin();
}

void NativeWorker::Stop() {
  if (worker_ == nullptr) return;
  worker_.reset();
  napi_remove_env_cleanup_hook(Env(), StopAtExit, this);
  wake_.Abort();
}

void NativeWorker::StopAtExit(void* worker) { static_cast<NativeWorker*>(worker)->Stop(); }

void NativeWorker::Await(Napi::Function callback, Task::Kind kind) {
  waiting_.push_back({Napi::Persistent(callback), kind});
  if (awaited_) return;
  awaited_ = true;
  wake_.Ref(Env());
  Ref();
}

void NativeWorker::OnWake(Napi::Env env, Napi::Function, NativeWorker* worker, void*) {
  // Without an environment the object no longer exists.
  if (env == nullptr) return;
  const Napi::HandleScope scope(env);
  for (const Answer& answer : worker->worker_->TakeAnswers()) worker->Tell(answer);
  if (!worker->awaited_ || !worker->waiting_.empty()) return;
  worker->awaited_ = false;
  worker->wake_.Unref(env);
  worker->Unref();
}

void NativeWorker::Tell(const Answer& answer) {
  const Napi::Env env = Env();
  const Napi::HandleScope scope(env);
  const Waiting waiting = std::move(waiting_.front());
  waiting_.pop_front();
  const bool done = !answer.failure.has_value();
  const Napi::Value failure = FailureValue(env, answer.failure);
  if (waiting.kind == Task::Kind::kOpen) {
    if (!done) Unref();
    waiting.callback.Call({failure, done ? Value() : env.Null()});
  } else {
    if (waiting.kind == Task::Kind::kClose && done) Unref();
    waiting.callback.Call({failure, Napi::Number::New(env, answer.first), Napi::Number::New(env, answer.second)});
  }
  if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
}

Napi::Value NativeWorker::Submit(const Napi::CallbackInfo& info, Task::Kind kind, size_t numbers) {
  Task task{kind};
  if (numbers > 0 && !TakeWhole(info[0], "count", &task.count)) return Env().Undefined();
  if (numbers > 1) {
    uint64_t value = info[1].IsBoolean() && info[1].As<Napi::Boolean>() ? 1 : 0;
    if (!info[1].IsBoolean() && !TakeWhole(info[1], "custody", &value)) return Env().Undefined();
    task.value = static_cast<uint32_t>(value);
  }
  const bool has_64_bits = kind == Task::Kind::kGetTarget && (worker_->counters().capabilities & kTargets64) != 0;
  const bool to_host = kind == Task::Kind::kStart || kind == Task::Kind::kGuestId || kind == Task::Kind::kGetTarget;
  if (to_host && !has_64_bits && task.count > UINT32_MAX) {
    Napi::TypeError::New(Env(), "expected a number of 32 bits").ThrowAsJavaScriptException();
    return Env().Undefined();
  }
  if (!info[numbers].IsFunction()) {
    Napi::TypeError::New(Env(), "expected a function that takes the answer").ThrowAsJavaScriptException();
    return Env().Undefined();
  }
  Await(info[numbers].As<Napi::Function>(), kind);
  worker_->Submit(task);
  return Env().Undefined();
}

Napi::Value NativeWorker::TotalPages(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kTotalPages, 0); }
Napi::Value NativeWorker::Allocate(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kAllocate, 2); }
Napi::Value NativeWorker::Free(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kFree, 2); }
Napi::Value NativeWorker::Start(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kStart, 1); }
Napi::Value NativeWorker::GuestId(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kGuestId, 1); }
Napi::Value NativeWorker::GetTarget(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kGetTarget, 1); }
Napi::Value NativeWorker::Lock(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kLock, 1); }
Napi::Value NativeWorker::Unlock(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kUnlock, 1); }
Napi::Value NativeWorker::Release(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kRelease, 0); }
Napi::Value NativeWorker::Close(const Napi::CallbackInfo& info) { return Submit(info, Task::Kind::kClose, 0); }

Napi::Value NativeWorker::SetLimits(const Napi::CallbackInfo& info) {
  uint64_t floor_pages;
  double psi_full;
  if (!TakeWhole(info[0], "floorPages", &floor_pages) || !TakePercent(info[1], "psiFullLimit", &psi_full)) {
    return Env().Undefined();
  }
  worker_->limits().floor_pages = floor_pages;
  worker_->limits().psi_full = psi_full;
  return Env().Undefined();
}

Napi::Value NativeWorker::ReadCounters(const Napi::CallbackInfo&) {
  const Counters& counters = worker_->counters();
  Napi::Object object = Napi::Object::New(Env());
  const auto set = [&](const char* name, const std::atomic<uint64_t>& counter) {
    object.Set(name, Napi::Number::New(Env(), static_cast<double>(counter.load(std::memory_order_relaxed))));
  };
  set("commands", counters.commands);
  set("capabilities", counters.capabilities);
  set("granted", counters.granted);
  set("populatedPages", counters.populated_pages);
  set("pinnedPages", counters.pinned_pages);
  set("deferredPages", counters.deferred_pages);
  set("largePages", counters.large_pages);
  set("largeRefusals", counters.large_refusals);
  set("exchangeRefusals", counters.exchange_refusals);
  set("exchangeShortages", counters.exchange_shortages);
  set("floorHits", counters.floor_hits);
  set("psiHits", counters.psi_hits);
  set("watermarkHits", counters.watermark_hits);
  set("arenaHits", counters.arena_hits);
  set("unreadableHits", counters.unreadable_hits);
  return object;
}

Napi::Value NativeWorker::Pin(const Napi::CallbackInfo&) {
  return Napi::String::New(Env(), PinName(worker_->pin_kind()));
}

Napi::Value NativeWorker::Permission(const Napi::CallbackInfo&) {
  return Napi::String::New(Env(), worker_->io_permission() == IoPermission::kIoperm ? "ioperm" : "none");
}

}  // namespace balloon
