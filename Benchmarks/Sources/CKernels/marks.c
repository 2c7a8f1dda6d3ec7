#include "kernels.h"

__attribute__((noinline)) void benchmark_mark(void) { __asm__ volatile("" ::: "memory"); }

const char *c_compiler(void) {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

MPI_Datatype c_byte(void) { return MPI_UINT8_T; }

MPI_Datatype c_double(void) { return MPI_DOUBLE; }
