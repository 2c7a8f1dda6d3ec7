// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include <stdlib.h>
#include <string.h>

#include "programs.h"

static int compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

// The first place in sorted keys that is not below a key.
static int place(const uint64_t *keys, int count, uint64_t key) {
  int low = 0, high = count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (keys[middle] < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

uint64_t *c_sample_sort(MPI_Comm comm, const uint64_t *keys, int count, int *sorted_count) {
  int size;
  MPI_Comm_size(comm, &size);
  uint64_t *own = malloc(sizeof(uint64_t) * count);
  memcpy(own, keys, sizeof(uint64_t) * count);
  qsort(own, count, sizeof(uint64_t), compare);

  // Samples of every rank, and among them the keys at which a rank's part begins.
  int each = 16 * size;
  uint64_t *samples = malloc(sizeof(uint64_t) * each), *all = malloc(sizeof(uint64_t) * each * size);
  for (int i = 0; i < each; i++) samples[i] = own[(long)i * count / each];
  MPI_Allgather(samples, each, MPI_UINT64_T, all, each, MPI_UINT64_T, comm);
  qsort(all, (size_t)each * size, sizeof(uint64_t), compare);

  int *counts = malloc(sizeof(int) * size), *starts = malloc(sizeof(int) * (size + 1));
  int *their_counts = malloc(sizeof(int) * size), *their_starts = malloc(sizeof(int) * (size + 1));
  starts[0] = 0;
  starts[size] = count;
  for (int r = 1; r < size; r++) starts[r] = place(own, count, all[r * each]);
  for (int r = 0; r < size; r++) counts[r] = starts[r + 1] - starts[r];
  MPI_Alltoall(counts, 1, MPI_INT, their_counts, 1, MPI_INT, comm);
  their_starts[0] = 0;
  for (int r = 0; r < size; r++) their_starts[r + 1] = their_starts[r] + their_counts[r];
  *sorted_count = their_starts[size];

  uint64_t *sorted = malloc(sizeof(uint64_t) * (*sorted_count + 1));
  MPI_Alltoallv(own, counts, starts, MPI_UINT64_T, sorted, their_counts, their_starts, MPI_UINT64_T, comm);
  qsort(sorted, *sorted_count, sizeof(uint64_t), compare);
  free(own);
  free(samples);
  free(all);
  free(counts);
  free(starts);
  free(their_counts);
  free(their_starts);
  return sorted;
}
