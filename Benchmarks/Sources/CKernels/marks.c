// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

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

void c_prepare(Job *job, void *out, void *in, int count, int is_bytes) {
  job->comm = MPI_COMM_WORLD;
  MPI_Comm_rank(job->comm, &job->rank);
  MPI_Comm_size(job->comm, &job->size);
  job->out = out;
  job->in = in;
  job->count = count;
  job->type = is_bytes ? MPI_UINT8_T : MPI_DOUBLE;
  job->target = job->size - 1;
}
