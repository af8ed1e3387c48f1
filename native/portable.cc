// A function of libstdc++ that came with GCC 11: what a container calls that is asked for more than there can be.

#include <cstdlib>

namespace std {

[[noreturn]] void __throw_bad_array_new_length();
void __throw_bad_array_new_length() { abort(); }

}  // namespace std
