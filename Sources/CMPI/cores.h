// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Which cores a process may run on. The C library's function for it is hidden behind macros that nobody may define here:
// a header of the system may have been read before.
#ifndef CMPI_CORES_H
#define CMPI_CORES_H

#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

// The cores of a process, a byte for each: 1 where it may run there, else 0. `process` is 0 for this thread's. Returns how
// many cores the mask has, or 0 where the system does not say.
static inline int cmpi_allowed_cores(int process, unsigned char *allowed, int capacity) {
#if defined(__linux__)
  unsigned long mask[1024];
  memset(mask, 0, sizeof mask);
  long length = syscall(SYS_sched_getaffinity, process, sizeof mask, mask);
  if (length <= 0) return 0;
  int count = length * 8 < capacity ? (int)(length * 8) : capacity;
  for (int core = 0; core < count; core++) {
    int bits = 8 * sizeof mask[0];
    allowed[core] = mask[core / bits] >> core % bits & 1;
  }
  return count;
#else
  (void)process, (void)allowed, (void)capacity;
  return 0;
#endif
}

#endif
