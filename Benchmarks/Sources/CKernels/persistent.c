// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels.h"

#if defined(OPEN_MPI) && MPI_VERSION < 4
#include <mpi-ext.h>
#endif

// Open MPI 4 has persistent collectives under names of its own.
#if MPI_VERSION >= 4
#define HAS_COLLECTIVES 1
#define INIT(name) MPI_##name##_init
#elif defined(OMPI_HAVE_MPI_EXT_PCOLLREQ)
#define HAS_COLLECTIVES 1
#define INIT(name) MPIX_##name##_init
#else
#define HAS_COLLECTIVES 0
#endif

int c_has_persistent_collectives(void) { return HAS_COLLECTIVES; }

MPI_Request c_ready_broadcast(const Job *job) {
  MPI_Request request = MPI_REQUEST_NULL;
#if HAS_COLLECTIVES
  INIT(Bcast)(job->in, job->count, job->type, 0, job->comm, MPI_INFO_NULL, &request);
#endif
  return request;
}

MPI_Request c_ready_all_reduce(const Job *job) {
  MPI_Request request = MPI_REQUEST_NULL;
#if HAS_COLLECTIVES
  INIT(Allreduce)(job->out, job->in, job->count, job->type, MPI_SUM, job->comm, MPI_INFO_NULL, &request);
#endif
  return request;
}

MPI_Request c_ready_send(const Job *job) {
  MPI_Request request;
  MPI_Send_init(job->out, job->count, job->type, job->target, 0, job->comm, &request);
  return request;
}

MPI_Request c_ready_receive(const Job *job) {
  MPI_Request request;
  MPI_Recv_init(job->in, job->count, job->type, job->target, 0, job->comm, &request);
  return request;
}

void c_start_and_wait(MPI_Request request, long times) {
  for (long i = 0; i < times; i++) {
    MPI_Start(&request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
  }
}

void c_persistent_ping_pong(int rank, MPI_Request send, MPI_Request receive, long times) {
  for (long i = 0; i < times; i++) {
    if (rank == 0) {
      MPI_Start(&send);
      MPI_Wait(&send, MPI_STATUS_IGNORE);
      MPI_Start(&receive);
      MPI_Wait(&receive, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
      MPI_Start(&receive);
      MPI_Wait(&receive, MPI_STATUS_IGNORE);
      MPI_Start(&send);
      MPI_Wait(&send, MPI_STATUS_IGNORE);
    }
  }
}

void c_persistent_pair(MPI_Request send, MPI_Request receive, long times) {
  for (long i = 0; i < times; i++) {
    MPI_Start(&receive);
    MPI_Start(&send);
    MPI_Wait(&receive, MPI_STATUS_IGNORE);
    MPI_Wait(&send, MPI_STATUS_IGNORE);
  }
}

void c_request_free(MPI_Request request) { MPI_Request_free(&request); }
