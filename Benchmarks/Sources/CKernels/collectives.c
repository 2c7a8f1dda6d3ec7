// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels.h"

#include <stdlib.h>

// A blocking loop, and the nonblocking one of the same operation.
#define LOOPS(name, blocking, begin)                      \
  void c_##name(const Job *job, long times) {             \
    for (long i = 0; i < times; i++) blocking;            \
  }                                                       \
  void c_nonblocking_##name(const Job *job, long times) { \
    for (long i = 0; i < times; i++) {                    \
      MPI_Request request;                                \
      begin;                                              \
      MPI_Wait(&request, MPI_STATUS_IGNORE);              \
    }                                                     \
  }

LOOPS(barrier, MPI_Barrier(job->comm), MPI_Ibarrier(job->comm, &request))

LOOPS(broadcast, MPI_Bcast(job->in, job->count, job->type, 0, job->comm),
      MPI_Ibcast(job->in, job->count, job->type, 0, job->comm, &request))

LOOPS(reduce, MPI_Reduce(job->out, job->in, job->count, job->type, MPI_SUM, 0, job->comm),
      MPI_Ireduce(job->out, job->in, job->count, job->type, MPI_SUM, 0, job->comm, &request))

LOOPS(all_reduce, MPI_Allreduce(job->out, job->in, job->count, job->type, MPI_SUM, job->comm),
      MPI_Iallreduce(job->out, job->in, job->count, job->type, MPI_SUM, job->comm, &request))

LOOPS(all_gather, MPI_Allgather(job->out, job->count, job->type, job->in, job->count, job->type, job->comm),
      MPI_Iallgather(job->out, job->count, job->type, job->in, job->count, job->type, job->comm, &request))

LOOPS(all_to_all, MPI_Alltoall(job->out, job->count, job->type, job->in, job->count, job->type, job->comm),
      MPI_Ialltoall(job->out, job->count, job->type, job->in, job->count, job->type, job->comm, &request))

LOOPS(scan, MPI_Scan(job->out, job->in, job->count, job->type, MPI_SUM, job->comm),
      MPI_Iscan(job->out, job->in, job->count, job->type, MPI_SUM, job->comm, &request))

void c_all_reduce_in_place(const Job *job, long times) {
  for (long i = 0; i < times; i++) MPI_Allreduce(MPI_IN_PLACE, job->in, job->count, job->type, MPI_SUM, job->comm);
}

void c_all_gather_uneven(const Job *job, long times) {
  for (long i = 0; i < times; i++)
    MPI_Allgatherv(
      job->out, job->counts[job->rank], job->type, job->in, job->counts, job->displacements, job->type, job->comm);
}

void c_all_gather_unknown(const Job *job, long times) {
  MPI_Aint lower, extent;
  MPI_Type_get_extent(job->type, &lower, &extent);
  for (long i = 0; i < times; i++) {
    int *counts = malloc(sizeof(int) * job->size), *displacements = malloc(sizeof(int) * job->size), total = 0;
    MPI_Allgather(&job->counts[job->rank], 1, MPI_INT, counts, 1, MPI_INT, job->comm);
    for (int r = 0; r < job->size; r++) {
      displacements[r] = total;
      total += counts[r];
    }
    void *all = malloc(total * extent);
    MPI_Allgatherv(job->out, counts[job->rank], job->type, all, counts, displacements, job->type, job->comm);
    free(all);
    free(displacements);
    free(counts);
  }
}
