// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels.h"

void c_ping_pong(const Job *job, long times) {
  MPI_Status status;
  for (long i = 0; i < times; i++) {
    if (job->rank == 0) {
      MPI_Send(job->out, job->count, job->type, 1, 0, job->comm);
      MPI_Recv(job->in, job->count, job->type, 1, 0, job->comm, &status);
    } else if (job->rank == 1) {
      MPI_Recv(job->in, job->count, job->type, 0, 0, job->comm, &status);
      MPI_Send(job->out, job->count, job->type, 0, 0, job->comm);
    }
  }
}

void c_nonblocking_pair(const Job *job, long times) {
  if (job->rank > 1) return;
  int other = 1 - job->rank;
  for (long i = 0; i < times; i++) {
    MPI_Request requests[2];
    MPI_Irecv(job->in, job->count, job->type, other, 0, job->comm, &requests[0]);
    MPI_Isend(job->out, job->count, job->type, other, 0, job->comm, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
  }
}

void c_rate(const Job *job, long times) {
  MPI_Status status;
  for (long i = 0; i < times; i++) {
    if (job->rank == 0) {
      for (int m = 0; m < window_length; m++) MPI_Send(job->out, job->count, job->type, 1, 0, job->comm);
      MPI_Recv(job->in, 0, job->type, 1, 1, job->comm, &status);
    } else if (job->rank == 1) {
      for (int m = 0; m < window_length; m++) MPI_Recv(job->in, job->count, job->type, 0, 0, job->comm, &status);
      MPI_Send(job->out, 0, job->type, 0, 1, job->comm);
    }
  }
}

void c_rate_nonblocking(const Job *job, long times) {
  MPI_Request requests[window_length];
  MPI_Status status;
  for (long i = 0; i < times; i++) {
    if (job->rank == 0) {
      for (int m = 0; m < window_length; m++)
        MPI_Isend(job->out, job->count, job->type, 1, 0, job->comm, &requests[m]);
      MPI_Waitall(window_length, requests, MPI_STATUSES_IGNORE);
      MPI_Recv(job->in, 0, job->type, 1, 1, job->comm, &status);
    } else if (job->rank == 1) {
      for (int m = 0; m < window_length; m++)
        MPI_Irecv((char *)job->in + 8L * m, job->count, job->type, 0, 0, job->comm, &requests[m]);
      MPI_Waitall(window_length, requests, MPI_STATUSES_IGNORE);
      MPI_Send(job->out, 0, job->type, 0, 1, job->comm);
    }
  }
}

// A function of their own in every loop: neither the loop of C nor that of Swift has them in itself.
__attribute__((noinline)) void c_send_one(const Job *job) {
  MPI_Send(job->out, job->count, job->type, 0, 0, job->comm);
}

__attribute__((noinline)) void c_receive_one(const Job *job) {
  MPI_Status status;
  MPI_Recv(job->in, job->count, job->type, 0, 0, job->comm, &status);
}

void c_send(const Job *job, long times) {
  for (long i = 0; i < times; i++) {
    MPI_Send(job->out, job->count, job->type, 0, 0, job->comm);
    c_receive_one(job);
  }
}

void c_receive(const Job *job, long times) {
  MPI_Status status;
  for (long i = 0; i < times; i++) {
    c_send_one(job);
    MPI_Recv(job->in, job->count, job->type, 0, 0, job->comm, &status);
  }
}

void c_send_receive(const Job *job, long times) {
  MPI_Status status;
  for (long i = 0; i < times; i++) {
    MPI_Sendrecv(
      job->out, job->count, job->type, 0, 0, job->in, job->count, job->type, 0, MPI_ANY_TAG, job->comm, &status);
  }
}

void c_nonblocking_self(const Job *job, long times) {
  for (long i = 0; i < times; i++) {
    MPI_Request requests[2];
    MPI_Irecv(job->in, job->count, job->type, 0, 0, job->comm, &requests[0]);
    MPI_Isend(job->out, job->count, job->type, 0, 0, job->comm, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
  }
}

void c_window_self(const Job *job, long times) {
  MPI_Request requests[2 * window_length];
  for (long i = 0; i < times; i++) {
    for (int m = 0; m < window_length; m++)
      MPI_Irecv((char *)job->in + 8L * m, job->count, job->type, 0, 0, job->comm, &requests[m]);
    for (int m = 0; m < window_length; m++)
      MPI_Isend(job->out, job->count, job->type, 0, 0, job->comm, &requests[window_length + m]);
    MPI_Waitall(2 * window_length, requests, MPI_STATUSES_IGNORE);
  }
}
