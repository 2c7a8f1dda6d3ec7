// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef KERNELS_H
#define KERNELS_H

#include <mpi.h>

// The C side of the benchmarks: for each operation the loop that a C program would have. Errors are not looked after,
// which is less than Swift does: whatever C is given here, it keeps.

/// What a loop works on.
typedef struct {
  MPI_Comm comm;
  int rank;
  int size;
  /// What is sent, and where goes what comes: each of `size * count` elements and more.
  void *out;
  void *in;
  /// How many elements a call is about, on this rank.
  int count;
  MPI_Datatype type;
  /// Of all ranks, for what is uneven.
  const int *counts;
  const int *displacements;
  /// For what is one-sided, and whose memory it is about.
  MPI_Win window;
  int target;
} Job;

/// One of the loops: it makes `times` calls.
typedef void (*Kernel)(const Job *job, long times);

// Point to point, between ranks 0 and 1. A call is a message there and one back.
void c_ping_pong(const Job *job, long times);
void c_nonblocking_pair(const Job *job, long times);

// Messages from rank 0 to rank 1, 64 at a time, and an empty answer to each 64. A call is 64 messages.
enum { window_length = 64 };
void c_rate(const Job *job, long times);
void c_rate_nonblocking(const Job *job, long times);

// A rank's messages to itself. A call is a message. Where one half of it is measured, a function has the other half.
void c_send(const Job *job, long times);
void c_receive(const Job *job, long times);
void c_send_receive(const Job *job, long times);
void c_nonblocking_self(const Job *job, long times);
/// A call is 64 messages, all of them under way at once.
void c_window_self(const Job *job, long times);
/// The other half of a message.
void c_send_one(const Job *job);
void c_receive_one(const Job *job);

// Collectives.
void c_barrier(const Job *job, long times);
void c_broadcast(const Job *job, long times);
void c_reduce(const Job *job, long times);
void c_all_reduce(const Job *job, long times);
void c_all_reduce_in_place(const Job *job, long times);
void c_all_gather(const Job *job, long times);
void c_all_gather_uneven(const Job *job, long times);
/// The counts are not known: an all-gather of them, and memory for as much as comes.
void c_all_gather_unknown(const Job *job, long times);
void c_all_to_all(const Job *job, long times);
void c_scan(const Job *job, long times);

void c_nonblocking_barrier(const Job *job, long times);
void c_nonblocking_broadcast(const Job *job, long times);
void c_nonblocking_reduce(const Job *job, long times);
void c_nonblocking_all_reduce(const Job *job, long times);
void c_nonblocking_all_gather(const Job *job, long times);
void c_nonblocking_all_to_all(const Job *job, long times);
void c_nonblocking_scan(const Job *job, long times);

// Elements in parts, one a rank, as a C program has them by hand. No MPI.
enum { part_count = 16 };
/// Rows that lie apart become one memory, and where each begins.
void c_join_parts(const Job *job, long times);
/// Where each part begins, by the counts.
void c_parts_by_counts(const Job *job, long times);
/// The counts, by where each part begins.
void c_counts_of_parts(const Job *job, long times);
/// The largest sum of a part.
void c_sum_parts(const Job *job, long times);
/// The sum of each part.
void c_sums_of_parts(const Job *job, long times);
/// Each part becomes a row of its own memory.
void c_split_parts(const Job *job, long times);
/// Whether two memories hold the same.
void c_compare_parts(const Job *job, long times);

// One-sided: each operation, and a flush by which it is over here.
void c_put(const Job *job, long times);
void c_get(const Job *job, long times);
void c_fetch_and_add(const Job *job, long times);

// Persistent: what makes a request ready, and the one loop that starts it and waits for it.
MPI_Request c_ready_broadcast(const Job *job);
MPI_Request c_ready_all_reduce(const Job *job);
MPI_Request c_ready_send(const Job *job);
MPI_Request c_ready_receive(const Job *job);
void c_start_and_wait(MPI_Request request, long times);
/// Rank 0 sends and rank 1 receives, then the other way around.
void c_persistent_ping_pong(int rank, MPI_Request send, MPI_Request receive, long times);
/// Both are started, then both waited for.
void c_persistent_pair(MPI_Request send, MPI_Request receive, long times);
void c_request_free(MPI_Request request);
/// Whether this MPI has persistent collectives.
int c_has_persistent_collectives(void);

/// Does nothing. Callgrind, told so, writes down what it has counted whenever this is called.
void benchmark_mark(void);

/// MPI's datatypes, which are macros.
MPI_Datatype c_byte(void);
MPI_Datatype c_double(void);

/// A job over all ranks, for a caller that can't name MPI's handles.
void c_prepare(Job *job, void *out, void *in, int count, int is_bytes);

/// A program of its own, which begins MPI by `MPI_Init` and ends it: the least time of `times` ping-pongs of 8 bytes, of
/// `runs`. Returns its rank.
int c_plain_ping_pong(int runs, long times, double *seconds);

/// What compiled this file.
const char *c_compiler(void);

#endif
