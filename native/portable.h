// Included first in every file of the shipped addon. A compiler on a new system would require the newest versions of
// functions that the C and C++ libraries offer in several versions. Older versions are sufficient, and let the addon
// load wherever Node 20 runs (glibc 2.28, libstdc++ of GCC 8). scripts/build-native.mjs checks this.
#pragma once

#ifdef __cplusplus
asm(R"(
  .symver pthread_once, pthread_once@GLIBC_2.2.5
  .symver pthread_sigmask, pthread_sigmask@GLIBC_2.2.5
  .symver pthread_setname_np, pthread_setname_np@GLIBC_2.12
  .symver _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE, _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE@GLIBCXX_3.4.11
)");
#endif
