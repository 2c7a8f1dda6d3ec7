// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PROBE_H
#define PROBE_H

#include <mpi.h>

/// Whether allocations can be counted here: not under a sanitizer, and not without glibc.
int allocations_are_counted(void);

/// How many times memory was allocated in this process so far.
long allocation_count(void);

/// Sends elements from rank 0 to rank 1 and back, `times` times, as a C program does.
void c_send_receive(MPI_Comm comm, const double *out, double *in, int count, long times);

/// Reduces elements, `times` times, as a C program does.
void c_all_reduce(MPI_Comm comm, const double *out, double *in, int count, long times);

#endif
