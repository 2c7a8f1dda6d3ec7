// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include <stddef.h>

#include "kernels.h"

int c_plain_ping_pong(int runs, long times, double *seconds) {
  MPI_Init(NULL, NULL);
  double out = 0, in = 0;
  Job job;
  c_prepare(&job, &out, &in, 1, 0);
  *seconds = 1e9;
  for (int run = 0; run < runs; run++) {
    MPI_Barrier(job.comm);
    double start = MPI_Wtime();
    c_ping_pong(&job, times);
    double took = MPI_Wtime() - start, all = took;
    MPI_Allreduce(&took, &all, 1, MPI_DOUBLE, MPI_MAX, job.comm);
    if (all < *seconds) *seconds = all;
  }
  MPI_Finalize();
  return job.rank;
}
