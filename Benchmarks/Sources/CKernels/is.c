// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include <stdlib.h>
#include <string.h>

#include "programs.h"

void c_is(
    MPI_Comm comm, const int32_t *keys, int count, const ISSizes *sizes, const int *tests, int64_t *places,
    int32_t **sorted, int *sorted_count) {
  int rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  int buckets = 1 << sizes->bucket_bits, shift = sizes->key_bits - sizes->bucket_bits;
  int64_t all = 1LL << sizes->count_bits;

  int32_t *mine = malloc(sizeof(int32_t) * (count + 1)), *grouped = malloc(sizeof(int32_t) * (count + 1));
  memcpy(mine, keys, sizeof(int32_t) * count);
  // The lengths of the buckets, then the keys whose places are looked for.
  int *lengths = malloc(sizeof(int) * (buckets + is_tests)), *totals = malloc(sizeof(int) * (buckets + is_tests));
  int *next = malloc(sizeof(int) * buckets), *first = malloc(sizeof(int) * (size + 1));
  int *counts = malloc(sizeof(int) * size), *starts = malloc(sizeof(int) * size);
  int *their_counts = malloc(sizeof(int) * size), *their_starts = malloc(sizeof(int) * size);
  int32_t *incoming = NULL, *below = NULL;
  int came = 0, room = 0, range = 0, range_room = 0, low = 0;
  memset(places, 0, sizeof(int64_t) * is_iterations * is_tests);

  for (int iteration = 1; iteration <= is_iterations; iteration++) {
    if (rank == 0) {
      mine[iteration] = iteration;
      mine[iteration + is_iterations] = (1 << sizes->key_bits) - iteration;
    }
    memset(lengths, 0, sizeof(int) * (buckets + is_tests));
    for (int i = 0; i < count; i++) lengths[mine[i] >> shift]++;
    for (int t = 0; t < is_tests; t++)
      if (tests[t] >= sizes->first && tests[t] < sizes->first + count) lengths[buckets + t] = mine[tests[t] - sizes->first];
    MPI_Allreduce(lengths, totals, buckets + is_tests, MPI_INT, MPI_SUM, comm);

    // A rank has the buckets that begin in its share of the keys.
    int64_t before = 0, lesser = 0;
    int owner = 0;
    for (int b = 0; b < buckets; b++) {
      while (owner < size && before >= all * owner / size) {
        if (owner == rank) lesser = before;
        first[owner++] = b;
      }
      before += totals[b];
    }
    while (owner <= size) {
      if (owner == rank) lesser = before;
      first[owner++] = buckets;
    }

    int place = 0;
    for (int r = 0; r < size; r++) {
      starts[r] = place;
      for (int b = first[r]; b < first[r + 1]; b++) {
        next[b] = place;
        place += lengths[b];
      }
      counts[r] = place - starts[r];
    }
    for (int i = 0; i < count; i++) grouped[next[mine[i] >> shift]++] = mine[i];

    MPI_Alltoall(counts, 1, MPI_INT, their_counts, 1, MPI_INT, comm);
    came = 0;
    for (int r = 0; r < size; r++) {
      their_starts[r] = came;
      came += their_counts[r];
    }
    if (came > room) {
      free(incoming);
      incoming = malloc(sizeof(int32_t) * came);
      room = came;
    }
    MPI_Alltoallv(
      grouped, counts, starts, MPI_INT32_T, incoming, their_counts, their_starts, MPI_INT32_T, comm);

    // How many keys there are of each value or less.
    low = first[rank] << shift;
    range = (first[rank + 1] << shift) - low;
    if (range > range_room) {
      free(below);
      below = malloc(sizeof(int32_t) * range);
      range_room = range;
    }
    memset(below, 0, sizeof(int32_t) * range);
    for (int i = 0; i < came; i++) below[incoming[i] - low]++;
    for (int k = 1; k < range; k++) below[k] += below[k - 1];
    for (int t = 0; t < is_tests; t++) {
      int key = totals[buckets + t] - low;
      if (key >= 0 && key < range)
        places[(iteration - 1) * is_tests + t] = lesser + (key > 0 ? below[key - 1] : 0);
    }
  }
  MPI_Allreduce(MPI_IN_PLACE, places, is_iterations * is_tests, MPI_INT64_T, MPI_SUM, comm);

  *sorted = malloc(sizeof(int32_t) * (came + 1));
  *sorted_count = came;
  for (int i = 0; i < came; i++) (*sorted)[--below[incoming[i] - low]] = incoming[i];
  free(mine);
  free(grouped);
  free(lengths);
  free(totals);
  free(next);
  free(first);
  free(counts);
  free(starts);
  free(their_counts);
  free(their_starts);
  free(incoming);
  free(below);
}
