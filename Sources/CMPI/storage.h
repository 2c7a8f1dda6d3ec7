// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Room on the storage: Swift's module of the C library has no fallocate.
#ifndef CMPI_STORAGE_H
#define CMPI_STORAGE_H

#include <errno.h>
#include <stdint.h>
#include <sys/types.h>

// Takes room for the first bytes of a file, and lengthens it if it is shorter. Returns 0 or an error's number; ENOTSUP if
// the file system takes no room before something is written.
static inline int cmpi_reserve(int descriptor, int64_t size) {
#if defined(__linux__)
  // The header declares it for those alone who define _GNU_SOURCE before all others.
  extern int fallocate(int, int, off_t, off_t);
  int code;
  do {
    code = fallocate(descriptor, 0, 0, (off_t)size) == 0 ? 0 : errno;
  } while (code == EINTR);
  return code == EOPNOTSUPP ? ENOTSUP : code;
#else
  (void)descriptor, (void)size;
  return ENOTSUP;
#endif
}

#endif
