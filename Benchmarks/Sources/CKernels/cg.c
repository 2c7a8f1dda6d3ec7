// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include <math.h>
#include <stdlib.h>

#include "programs.h"

// Products over all ranks.
static double dot(MPI_Comm comm, const double *x, const double *y, int count) {
  double mine = 0, all;
  for (int i = 0; i < count; i++) mine += x[i] * y[i];
  MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, comm);
  return all;
}

// q = A p, for the rows of this rank. `p` has the values of all ranks after it, this rank's being there before.
static void multiply(
    MPI_Comm comm, const CGMatrix *matrix, const int *counts, const int *starts, double *p, double *q) {
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DOUBLE, p, counts, starts, MPI_DOUBLE, comm);
  for (int row = 0; row < matrix->count; row++) {
    double sum = 0;
    for (int k = matrix->row_starts[row]; k < matrix->row_starts[row + 1]; k++)
      sum += matrix->values[k] * p[matrix->columns[k]];
    q[row] = sum;
  }
}

double c_cg(MPI_Comm comm, const CGMatrix *matrix, int iterations, double shift, double *residual) {
  int rank, size, count = matrix->count;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  int *counts = malloc(sizeof(int) * size), *starts = malloc(sizeof(int) * size), total = 0;
  MPI_Allgather(&count, 1, MPI_INT, counts, 1, MPI_INT, comm);
  for (int r = 0; r < size; r++) {
    starts[r] = total;
    total += counts[r];
  }
  double *x = malloc(sizeof(double) * (count + 1)), *z = malloc(sizeof(double) * (count + 1));
  double *r = malloc(sizeof(double) * (count + 1)), *q = malloc(sizeof(double) * (count + 1));
  // Of all ranks; `mine` is what this one has of it.
  double *p = malloc(sizeof(double) * total), *mine = p + starts[rank];
  for (int i = 0; i < count; i++) x[i] = 1;

  double zeta = 0;
  for (int iteration = 0; iteration < iterations; iteration++) {
    for (int i = 0; i < count; i++) {
      z[i] = 0;
      r[i] = x[i];
      mine[i] = x[i];
    }
    double rho = dot(comm, r, r, count);
    for (int step = 0; step < 25; step++) {
      multiply(comm, matrix, counts, starts, p, q);
      double alpha = rho / dot(comm, mine, q, count);
      for (int i = 0; i < count; i++) {
        z[i] += alpha * mine[i];
        r[i] -= alpha * q[i];
      }
      double before = rho;
      rho = dot(comm, r, r, count);
      double beta = rho / before;
      for (int i = 0; i < count; i++) mine[i] = r[i] + beta * mine[i];
    }
    for (int i = 0; i < count; i++) mine[i] = z[i];
    multiply(comm, matrix, counts, starts, p, q);
    for (int i = 0; i < count; i++) q[i] = x[i] - q[i];
    *residual = sqrt(dot(comm, q, q, count));

    zeta = shift + 1 / dot(comm, x, z, count);
    double scale = 1 / sqrt(dot(comm, z, z, count));
    for (int i = 0; i < count; i++) x[i] = scale * z[i];
  }
  free(counts);
  free(starts);
  free(x);
  free(z);
  free(r);
  free(q);
  free(p);
  return zeta;
}
