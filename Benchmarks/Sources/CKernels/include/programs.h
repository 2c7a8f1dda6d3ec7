#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <mpi.h>
#include <stdint.h>

/// What NAS EP sums up.
typedef struct {
  double x, y;
  int64_t counts[10];
} EPSums;

/// NAS EP: 2^m pairs of random numbers, of which those in the unit circle become pairs of Gaussian deviates.
EPSums c_ep(MPI_Comm comm, int m);

/// Sorts the ranks' keys over the ranks. The memory that it returns is the caller's to free.
uint64_t *c_sample_sort(MPI_Comm comm, const uint64_t *keys, int count, int *sorted_count);

#endif
