// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The standard streams: Swift can't import the variables of the C library for them.
#ifndef CMPI_STREAMS_H
#define CMPI_STREAMS_H

#include <errno.h>
#include <stdio.h>
#if defined(__linux__)
#include <stdio_ext.h>
#endif

// Hands what was printed to the operating system. Returns 0 if all that was ever printed has gone there; else the error's
// number, or -1 if it was an earlier error, whose number isn't known any more.
static inline int cmpi_flush_standard_output(void) {
  if (fflush(stdout) != 0) return errno == 0 ? -1 : errno;
  return ferror(stdout) ? -1 : 0;
}

// Whether anything was printed: the C library makes the buffer when it is. MPICH's buffer is ours, and says nothing.
static inline int cmpi_has_printed(void) {
#if defined(OPEN_MPI) && defined(__linux__)
  return __fbufsize(stdout) > 0;
#else
  return 0;
#endif
}

// Fault.linesAreWrittenInPieces: gives standard output the buffer back that MPI took as it started, for a line at a time.
static inline void cmpi_buffer_standard_output(void) {
#if !defined(OPEN_MPI)
  static char buffer[BUFSIZ];
  setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
#endif
}

#endif
