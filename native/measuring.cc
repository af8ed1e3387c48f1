#include "measuring.h"

#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "measure.h"
#include "values.h"

namespace balloon {
namespace {

using Pass = std::function<Outcome(Figures*)>;

// Most pages of a region: 1 GiB. A pass is meant to be short.
constexpr uint64_t kMostPages = uint64_t{1} << 18;

// A pass on a thread of Node's pool: the event loop turns meanwhile.
class Measuring : public Napi::AsyncWorker {
 public:
  Measuring(const Napi::Function& answered, Pass pass) : Napi::AsyncWorker(answered, "balloon measuring"), pass_(std::move(pass)) {}

  void Execute() override { failure_ = pass_(&figures_); }

  void OnOK() override {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    if (failure_.has_value()) {
      Callback().Call({FailureValue(env, failure_), env.Null()});
      return;
    }
    Napi::Object measured = Napi::Object::New(env);
    for (const Figure& figure : figures_) {
      measured.Set(figure.name, std::isnan(figure.value) ? env.Null() : Napi::Number::New(env, figure.value));
    }
    Callback().Call({env.Null(), measured});
  }

 private:
  Pass pass_;
  Outcome failure_;
  Figures figures_;
};

bool TakePages(Napi::Value value, uint64_t* pages) {
  if (!TakeWhole(value, "pages", pages)) return false;
  if (*pages >= 2 && *pages <= kMostPages) return true;
  Napi::TypeError::New(value.Env(), "pages: expected 2 to 262144").ThrowAsJavaScriptException();
  return false;
}

Napi::Value Begin(Napi::Value answered, Pass pass) {
  if (answered.IsFunction()) {
    (new Measuring(answered.As<Napi::Function>(), std::move(pass)))->Queue();
  } else {
    Napi::TypeError::New(answered.Env(), "expected a function that takes the figures").ThrowAsJavaScriptException();
  }
  return answered.Env().Undefined();
}

Napi::Value Memory(const Napi::CallbackInfo& info) {
  uint64_t pages;
  if (!TakePages(info[0], &pages)) return info.Env().Undefined();
  return Begin(info[1], [pages](Figures* figures) { return MeasureMemory(pages, figures); });
}

Napi::Value File(const Napi::CallbackInfo& info) {
  uint64_t pages;
  const std::string directory = info[0].ToString().Utf8Value();
  if (!TakePages(info[1], &pages)) return info.Env().Undefined();
  return Begin(info[2], [directory, pages](Figures* figures) { return MeasureFile(directory, pages, figures); });
}

Napi::Value Swap(const Napi::CallbackInfo& info) {
  uint64_t pages;
  uint64_t patience_ms;
  if (!TakePages(info[0], &pages) || !TakeWhole(info[1], "patienceMs", &patience_ms)) return info.Env().Undefined();
  return Begin(info[2],
               [pages, patience_ms](Figures* figures) { return MeasureSwap(pages, patience_ms, figures); });
}

Napi::Value Ticks(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), TicksPerSecond()); }

}  // namespace

void DefineMeasuring(Napi::Env env, Napi::Object exports) {
  exports.Set("measureMemory", Napi::Function::New(env, Memory, "measureMemory"));
  exports.Set("measureFile", Napi::Function::New(env, File, "measureFile"));
  exports.Set("measureSwap", Napi::Function::New(env, Swap, "measureSwap"));
  exports.Set("ticksPerSecond", Napi::Function::New(env, Ticks, "ticksPerSecond"));
}

}  // namespace balloon
