// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels.h"

#include <stdint.h>

void c_put(const Job *job, long times) {
  for (long i = 0; i < times; i++) {
    MPI_Put(job->out, job->count, job->type, job->target, 0, job->count, job->type, job->window);
    MPI_Win_flush_local(job->target, job->window);
  }
}

void c_get(const Job *job, long times) {
  for (long i = 0; i < times; i++) {
    MPI_Get(job->in, job->count, job->type, job->target, 0, job->count, job->type, job->window);
    MPI_Win_flush_local(job->target, job->window);
  }
}

void c_fetch_and_add(const Job *job, long times) {
  int64_t one = 1, before;
  for (long i = 0; i < times; i++) {
    MPI_Fetch_and_op(&one, &before, MPI_INT64_T, job->target, 0, MPI_SUM, job->window);
    MPI_Win_flush_local(job->target, job->window);
  }
}
