// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include <stdlib.h>
#include <string.h>

#include "kernels.h"

// What a C program does by hand with elements of which each rank has a part: in memory, without MPI. Elements are
// 64-bit numbers; a job's counts and displacements are those of the parts.

// Keeps the compiler from leaving out what fills some memory, or reads it.
static inline void keep(const void *memory) { __asm__ volatile("" : : "r"(memory) : "memory"); }

static long sum(const long *elements, long count) {
  long total = 0;
  for (long i = 0; i < count; i++) total += elements[i];
  return total;
}

void c_join_parts(const Job *job, long times) {
  const long *rows[part_count];
  for (int p = 0; p < part_count; p++) rows[p] = (const long *)job->out + job->displacements[p];
  for (long i = 0; i < times; i++) {
    keep(rows);
    long *offsets = malloc(sizeof(long) * (part_count + 1));
    offsets[0] = 0;
    for (int p = 0; p < part_count; p++) offsets[p + 1] = offsets[p] + job->counts[p];
    long *all = malloc(sizeof(long) * offsets[part_count]);
    for (int p = 0; p < part_count; p++) memcpy(all + offsets[p], rows[p], sizeof(long) * job->counts[p]);
    keep(all);
    keep(offsets);
    free(all);
    free(offsets);
  }
}

void c_parts_by_counts(const Job *job, long times) {
  for (long i = 0; i < times; i++) {
    keep(job->counts);
    long *offsets = malloc(sizeof(long) * (part_count + 1));
    offsets[0] = 0;
    for (int p = 0; p < part_count; p++) offsets[p + 1] = offsets[p] + job->counts[p];
    keep(offsets);
    free(offsets);
  }
}

void c_counts_of_parts(const Job *job, long times) {
  for (long i = 0; i < times; i++) {
    long *counts = malloc(sizeof(long) * part_count);
    keep(job->displacements);
    for (int p = 0; p < part_count; p++)
      counts[p] = (p + 1 < part_count ? job->displacements[p + 1] : job->count) - job->displacements[p];
    keep(counts);
    free(counts);
  }
}

void c_sum_parts(const Job *job, long times) {
  const long *all = job->out;
  for (long i = 0; i < times; i++) {
    keep(all);
    long most = 0;
    for (int p = 0; p < part_count; p++) {
      long total = sum(all + job->displacements[p], job->counts[p]);
      if (total > most) most = total;
    }
    keep((void *)most);
  }
}

void c_sums_of_parts(const Job *job, long times) {
  const long *all = job->out;
  for (long i = 0; i < times; i++) {
    keep(all);
    long *sums = malloc(sizeof(long) * part_count);
    for (int p = 0; p < part_count; p++) sums[p] = sum(all + job->displacements[p], job->counts[p]);
    keep(sums);
    free(sums);
  }
}

void c_split_parts(const Job *job, long times) {
  const long *all = job->out;
  for (long i = 0; i < times; i++) {
    keep(all);
    long **rows = malloc(sizeof(long *) * part_count);
    for (int p = 0; p < part_count; p++) {
      rows[p] = malloc(sizeof(long) * job->counts[p]);
      memcpy(rows[p], all + job->displacements[p], sizeof(long) * job->counts[p]);
    }
    keep(rows);
    for (int p = 0; p < part_count; p++) free(rows[p]);
    free(rows);
  }
}

void c_compare_parts(const Job *job, long times) {
  const long *one = job->out, *other = job->in;
  for (long i = 0; i < times; i++) {
    keep(one);
    keep(other);
    long same = 0;
    while (same < job->count && one[same] == other[same]) same++;
    keep((void *)same);
  }
}
