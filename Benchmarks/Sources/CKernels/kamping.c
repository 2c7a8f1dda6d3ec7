// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include <stdlib.h>
#include <string.h>

#include "programs.h"

// The programs of the paper on KaMPIng, by hand: numbers of which each rank has some, and vertices to be visited.

// As many numbers as come.
typedef struct {
  int64_t *items;
  int count, room;
} List;

static inline void append(List *list, int64_t item) {
  if (list->count == list->room) {
    list->room = list->room ? 2 * list->room : 16;
    list->items = realloc(list->items, sizeof(int64_t) * list->room);
  }
  list->items[list->count++] = item;
}

// Sends a list to each rank, and puts what comes into `incoming`.
static void exchange(MPI_Comm comm, int size, const List *lists, List *incoming) {
  int *numbers = malloc(sizeof(int) * 4 * size);
  int *counts = numbers, *starts = counts + size, *their_counts = starts + size, *their_starts = their_counts + size;
  int total = 0, came = 0;
  for (int r = 0; r < size; r++) {
    counts[r] = lists[r].count;
    starts[r] = total;
    total += counts[r];
  }
  int64_t *all = malloc(sizeof(int64_t) * (total + 1));
  for (int r = 0; r < size; r++)
    if (counts[r] > 0) memcpy(all + starts[r], lists[r].items, sizeof(int64_t) * counts[r]);
  MPI_Alltoall(counts, 1, MPI_INT, their_counts, 1, MPI_INT, comm);
  for (int r = 0; r < size; r++) {
    their_starts[r] = came;
    came += their_counts[r];
  }
  free(incoming->items);
  incoming->items = malloc(sizeof(int64_t) * (came + 1));
  incoming->count = incoming->room = came;
  MPI_Alltoallv(
    all, counts, starts, MPI_INT64_T, incoming->items, their_counts, their_starts, MPI_INT64_T, comm);
  free(all);
  free(numbers);
}

int64_t *c_gather_vectors(MPI_Comm comm, const int64_t *mine, int count, int *total) {
  int size;
  MPI_Comm_size(comm, &size);
  int *counts = malloc(sizeof(int) * size), *starts = malloc(sizeof(int) * size);
  MPI_Allgather(&count, 1, MPI_INT, counts, 1, MPI_INT, comm);
  *total = 0;
  for (int r = 0; r < size; r++) {
    starts[r] = *total;
    *total += counts[r];
  }
  int64_t *all = malloc(sizeof(int64_t) * (*total + 1));
  MPI_Allgatherv(mine, count, MPI_INT64_T, all, counts, starts, MPI_INT64_T, comm);
  free(counts);
  free(starts);
  return all;
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

int64_t *c_bucket_sort(MPI_Comm comm, const int64_t *keys, int count, int *sorted_count) {
  int size;
  MPI_Comm_size(comm, &size);
  int each = 16;
  int64_t *samples = malloc(sizeof(int64_t) * each), *all = malloc(sizeof(int64_t) * each * size);
  for (int i = 0; i < each; i++) samples[i] = keys[(int64_t)i * count / each];
  MPI_Allgather(samples, each, MPI_INT64_T, all, each, MPI_INT64_T, comm);
  qsort(all, each * size, sizeof(int64_t), compare);

  List *buckets = calloc(size, sizeof(List)), sorted = {0};
  for (int i = 0; i < count; i++) {
    int r = 0;
    while (r < size - 1 && keys[i] >= all[(r + 1) * each]) r++;
    append(&buckets[r], keys[i]);
  }
  exchange(comm, size, buckets, &sorted);
  qsort(sorted.items, sorted.count, sizeof(int64_t), compare);
  *sorted_count = sorted.count;
  for (int r = 0; r < size; r++) free(buckets[r].items);
  free(buckets);
  free(samples);
  free(all);
  return sorted.items;
}

// Notes how far the vertices are that were not seen before, and lists their neighbors by rank.
static void visit(
    const GraphPart *graph, int size, const List *frontier, int64_t depth, int64_t *distances, List *found) {
  for (int r = 0; r < size; r++) found[r].count = 0;
  for (int i = 0; i < frontier->count; i++) {
    int64_t v = frontier->items[i] - graph->first;
    if (distances[v] >= 0) continue;
    distances[v] = depth;
    for (int64_t e = graph->starts[v]; e < graph->starts[v + 1]; e++)
      append(&found[(uint64_t)graph->neighbors[e] / (uint64_t)graph->share], graph->neighbors[e]);
  }
}

void c_bfs(MPI_Comm comm, const GraphPart *graph, int64_t source, int64_t *distances) {
  int size;
  MPI_Comm_size(comm, &size);
  List *found = calloc(size, sizeof(List)), frontier = {0};
  for (int64_t v = 0; v < graph->count; v++) distances[v] = -1;
  if (source >= graph->first && source < graph->first + graph->count) append(&frontier, source);
  for (int64_t depth = 0;; depth++) {
    int mine = frontier.count > 0, some;
    MPI_Allreduce(&mine, &some, 1, MPI_INT, MPI_LOR, comm);
    if (!some) break;
    visit(graph, size, &frontier, depth, distances, found);
    exchange(comm, size, found, &frontier);
  }
  for (int r = 0; r < size; r++) free(found[r].items);
  free(found);
  free(frontier.items);
}
