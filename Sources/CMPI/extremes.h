// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The largest and the smallest of floating-point numbers, as functions that MPI calls in a reduction. The standard does not
// say what MPI_MAX and MPI_MIN return for "not a number" (see Fault.notANumberDiffersByRank). Here the result is "not a
// number" if one of the numbers is, in whatever order MPI combines them, and -0 is less than 0: the maximum and minimum of
// IEEE 754-2019.
#ifndef CMPI_EXTREMES_H
#define CMPI_EXTREMES_H

// The bits of a number and of the same found the other way round are the same, but for two zeros and for what is not a number.
// `join` makes one of the two zeros, and all bits are set for "not a number". There is no branch, for the sake of vectors.
#define CMPI_EXTREME(name, type, bits, compare, join)                                             \
  static inline void name(void *from, void *into, int *count, MPI_Datatype *datatype) {           \
    const type *restrict left = (const type *)from;                                               \
    type *restrict right = (type *)into;                                                          \
    (void)datatype;                                                                               \
    for (int index = 0, end = *count; index < end; index++) {                                     \
      type a = left[index], b = right[index];                                                     \
      type one = a compare b ? a : b, other = b compare a ? b : a;                                \
      bits first, second;                                                                         \
      __builtin_memcpy(&first, &one, sizeof first);                                               \
      __builtin_memcpy(&second, &other, sizeof second);                                           \
      bits result = (first join second) | -(bits)__builtin_isunordered(a, b);                     \
      __builtin_memcpy(right + index, &result, sizeof result);                                    \
    }                                                                                             \
  }

CMPI_EXTREME(cmpi_maximum_double, double, uint64_t, >, &)
CMPI_EXTREME(cmpi_maximum_float, float, uint32_t, >, &)
CMPI_EXTREME(cmpi_minimum_double, double, uint64_t, <, |)
CMPI_EXTREME(cmpi_minimum_float, float, uint32_t, <, |)

// A number and the rank that has it, as in MPI_DOUBLE_INT and MPI_FLOAT_INT.
struct cmpi_double_and_rank {
  double value;
  int rank;
};
struct cmpi_float_and_rank {
  float value;
  int rank;
};

// Of equal ones, and of several that are not a number, that of the lowest rank.
#define CMPI_LOCATE(name, type, compare)                                                          \
  static inline void name(void *from, void *into, int *count, MPI_Datatype *datatype) {           \
    const struct cmpi_##type##_and_rank *left = (const struct cmpi_##type##_and_rank *)from;      \
    struct cmpi_##type##_and_rank *right = (struct cmpi_##type##_and_rank *)into;                 \
    (void)datatype;                                                                               \
    for (int index = 0, end = *count; index < end; index++) {                                     \
      type a = left[index].value, b = right[index].value;                                         \
      int is_same = a == b || (a != a && b != b);                                                 \
      int is_left = is_same ? left[index].rank < right[index].rank : a compare b || a != a;       \
      if (is_left && (is_same || b == b)) right[index] = left[index];                             \
    }                                                                                             \
  }

CMPI_LOCATE(cmpi_locate_maximum_double, double, >)
CMPI_LOCATE(cmpi_locate_maximum_float, float, >)
CMPI_LOCATE(cmpi_locate_minimum_double, double, <)
CMPI_LOCATE(cmpi_locate_minimum_float, float, <)

// Makes MPI's operation of one of them.
#define CMPI_OPERATION(name) \
  static inline int cmpi_create_##name(MPI_Op *operation) { return MPI_Op_create(cmpi_##name, 1, operation); }

CMPI_OPERATION(maximum_double)
CMPI_OPERATION(maximum_float)
CMPI_OPERATION(minimum_double)
CMPI_OPERATION(minimum_float)
CMPI_OPERATION(locate_maximum_double)
CMPI_OPERATION(locate_maximum_float)
CMPI_OPERATION(locate_minimum_double)
CMPI_OPERATION(locate_minimum_float)

#undef CMPI_OPERATION
#undef CMPI_EXTREME
#undef CMPI_LOCATE

#endif
