// A function of libstdc++ that exists since GCC 11: containers call it when the requested size exceeds the maximum.

#include <cstdlib>

namespace std {

[[noreturn]] void __throw_bad_array_new_length();
void __throw_bad_array_new_length() { abort(); }

}  // namespace std
