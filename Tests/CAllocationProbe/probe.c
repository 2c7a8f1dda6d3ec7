// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include "probe.h"

#include <stdlib.h>

// The C library's functions are replaced by ones that count, where it lets us: glibc does, and a sanitizer does not.
#if defined(__SANITIZE_ADDRESS__)
#define COUNTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNTS 0
#endif
#endif
#ifndef COUNTS
#ifdef __GLIBC__
#define COUNTS 1
#else
#define COUNTS 0
#endif
#endif

static long allocations = 0;

int allocations_are_counted(void) { return COUNTS; }

long allocation_count(void) { return __atomic_load_n(&allocations, __ATOMIC_RELAXED); }

#if COUNTS
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static void note(void) { __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED); }

void *malloc(size_t size) {
  note();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  note();
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  note();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory ? 0 : 12;  // ENOMEM
}
#endif

void c_send_receive(MPI_Comm comm, const double *out, double *in, int count, long times) {
  int rank;
  MPI_Status status;
  MPI_Comm_rank(comm, &rank);
  for (long i = 0; i < times; i++) {
    if (rank == 0) {
      MPI_Send(out, count, MPI_DOUBLE, 1, 0, comm);
      MPI_Recv(in, count, MPI_DOUBLE, 1, 0, comm, &status);
    } else if (rank == 1) {
      MPI_Recv(in, count, MPI_DOUBLE, 0, 0, comm, &status);
      MPI_Send(out, count, MPI_DOUBLE, 0, 0, comm);
    }
  }
}

void c_all_reduce(MPI_Comm comm, const double *out, double *in, int count, long times) {
  for (long i = 0; i < times; i++) MPI_Allreduce(out, in, count, MPI_DOUBLE, MPI_SUM, comm);
}
