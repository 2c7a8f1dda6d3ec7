// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

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

enum { is_iterations = 10, is_tests = 5 };

/// How large NAS IS is, as powers of two, and where this rank's keys begin among all.
typedef struct {
  int count_bits, key_bits, bucket_bits, first;
} ISSizes;

/// NAS IS: sorts the keys over the ranks ten times, with two other keys each time.
///
/// - tests: the indices of five keys; `places` gets how many keys are less, for each iteration and each of them.
/// - sorted: the keys of this rank after the last one. The memory is the caller's to free.
void c_is(
    MPI_Comm comm, const int32_t *keys, int count, const ISSizes *sizes, const int *tests, int64_t *places,
    int32_t **sorted, int *sorted_count);

/// The rows of a sparse matrix that a rank has.
typedef struct {
  int count;
  /// Where each row begins in the others, and the end.
  const int32_t *row_starts;
  const int32_t *columns;
  const double *values;
} CGMatrix;

/// NAS CG: estimates the largest eigenvalue by the inverse power method, each step by 25 of conjugate gradients.
double c_cg(MPI_Comm comm, const CGMatrix *matrix, int iterations, double shift, double *residual);

/// The vertices of a graph that a rank has: `count` of them from `first` on; rank r has `share` of them from r * share.
typedef struct {
  int64_t first, count, share;
  /// Where the neighbors of each vertex begin, and the end.
  const int64_t *starts;
  const int64_t *neighbors;
} GraphPart;

/// The numbers of all ranks, as many as each has. The memory is the caller's to free.
int64_t *c_gather_vectors(MPI_Comm comm, const int64_t *mine, int count, int *total);

/// Sorts by buckets, one a rank. The memory that it returns is the caller's to free.
int64_t *c_bucket_sort(MPI_Comm comm, const int64_t *keys, int count, int *sorted_count);

/// How many edges each vertex of this rank is from one; -1 if it can't be reached.
void c_bfs(MPI_Comm comm, const GraphPart *graph, int64_t source, int64_t *distances);

/// Sorts the ranks' keys over the ranks. The memory that it returns is the caller's to free.
uint64_t *c_sample_sort(MPI_Comm comm, const uint64_t *keys, int count, int *sorted_count);

/// Writes a block of each rank to one file, which it makes, by a collective write, and brings it to the storage.
///
/// - offset: how many numbers come before this rank's.
/// - returns: MPI's error code.
int c_write_file(MPI_Comm comm, const char *path, const double *block, int64_t offset, int count);

#endif
