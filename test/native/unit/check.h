// A small frame for tests in C++: each runs in a process of its own, so that it may give up rights, lower limits, or crash.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

namespace check {

// Registers a test; `main` runs all of them, or those whose names are given.
struct Test {
  Test(const char* name, void (*run)());
  const char* name;
  void (*run)();
  Test* next;
};

[[noreturn]] inline void Fail(const char* file, int line, const std::string& what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
  std::fflush(nullptr);
  std::_Exit(1);
}

template <typename A, typename B>
void Equal(const A& actual, const B& expected, const char* text, const char* file, int line) {
  if (actual == expected) return;
  std::ostringstream what;
  what << text << " is " << actual << ", expected " << expected;
  Fail(file, line, what.str());
}

}  // namespace check

#define TEST(name)                               \
  static void name();                            \
  static const check::Test name##_test(#name, name); \
  static void name()

#define CHECK(condition) \
  ((condition) ? (void)0 : check::Fail(__FILE__, __LINE__, "not so: " #condition))

#define CHECK_EQ(actual, expected) check::Equal((actual), (expected), #actual, __FILE__, __LINE__)
