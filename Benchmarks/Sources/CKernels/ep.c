// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include <math.h>

#include "programs.h"

// The random numbers are x, ax, aax, … modulo 2^46.
static const uint64_t factor = 1220703125, seed = 271828183, mask = (1ULL << 46) - 1;

// The factor that leaps over so many numbers.
static uint64_t leap(uint64_t count) {
  uint64_t result = 1, power = factor;
  for (; count > 0; count >>= 1) {
    if (count & 1) result = result * power & mask;
    power = power * power & mask;
  }
  return result;
}

EPSums c_ep(MPI_Comm comm, int m) {
  int rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  int64_t pairs = 1LL << m, share = pairs / size, extra = pairs % size;
  int64_t first = rank * share + (rank < extra ? rank : extra);
  if (rank < extra) share++;

  EPSums mine = {0};
  uint64_t state = seed * leap(2 * first) & mask;
  for (int64_t i = 0; i < share; i++) {
    state = state * factor & mask;
    double x = 2 * (0x1p-46 * state) - 1;
    state = state * factor & mask;
    double y = 2 * (0x1p-46 * state) - 1;
    double t = x * x + y * y;
    if (t > 1) continue;
    double scale = sqrt(-2 * log(t) / t);
    double gx = x * scale, gy = y * scale;
    mine.counts[(int)fmax(fabs(gx), fabs(gy))]++;
    mine.x += gx;
    mine.y += gy;
  }

  EPSums all;
  MPI_Allreduce(&mine.x, &all.x, 1, MPI_DOUBLE, MPI_SUM, comm);
  MPI_Allreduce(&mine.y, &all.y, 1, MPI_DOUBLE, MPI_SUM, comm);
  MPI_Allreduce(mine.counts, all.counts, 10, MPI_INT64_T, MPI_SUM, comm);
  return all;
}
