// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The system's SQLite, as it is, and the kind of a file system, which Swift's Glibc leaves out.

#include <sqlite3.h>

#ifdef __linux__
#include <sys/vfs.h>

static inline long csqlite_file_system(const char *path) {
  struct statfs information;
  return statfs(path, &information) == 0 ? (long)information.f_type & 0xFFFFFFFFL : -1;
}
#endif
