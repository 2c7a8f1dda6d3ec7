// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The one place that knows which MPI this is.
//
// MPI's constants are macros, most of them casts, which Swift can't import. Each is given to Swift here as a constant
// of its own type: `MPI_COMM_WORLD` is `CMPI_COMM_WORLD` there. They cost what they cost in C: one load, or none.
// Functions need nothing here, but for the few whose arguments are macros too.
#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H

// The C++ bindings, which some MPIs still include, are of no use to Swift.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Open MPI's handles and those of the standard ABI are pointers, MPICH's are integers. A handle that MPI makes is never a null pointer, so Swift sees
// the constants as plain values; those that stand for "none" begin a variable that MPI fills, and so may be null.
#if defined(OPEN_MPI) || defined(MPI_H_ABI)
#define CMPI_NONNULL _Nonnull
#else
#define CMPI_NONNULL
#endif

#define CMPI_CONSTANT(type, name)                                                                     \
  static inline type cmpi_##name(void) __attribute__((swift_name("getter:CMPI_" #name "()")));        \
  static inline type cmpi_##name(void) { return MPI_##name; }

// What this MPI has beyond MPI 3.1, as `CMPI_HAS_…`. Swift asks before it calls: an MPI without it has no such functions,
// and those that stand for them here only say so.
#define CMPI_FEATURE(name, is_there)                                                                  \
  static inline int cmpi_has_##name(void) __attribute__((swift_name("getter:CMPI_HAS_" #name "()"))); \
  static inline int cmpi_has_##name(void) { return is_there; }

// Communicators and groups
CMPI_CONSTANT(MPI_Comm CMPI_NONNULL, COMM_WORLD)
CMPI_CONSTANT(MPI_Comm CMPI_NONNULL, COMM_SELF)
CMPI_CONSTANT(MPI_Comm, COMM_NULL)
CMPI_CONSTANT(MPI_Group CMPI_NONNULL, GROUP_EMPTY)
CMPI_CONSTANT(MPI_Group, GROUP_NULL)
CMPI_CONSTANT(MPI_Info, INFO_NULL)
CMPI_CONSTANT(MPI_Info CMPI_NONNULL, INFO_ENV)
CMPI_CONSTANT(int, MAX_INFO_KEY)
CMPI_CONSTANT(int, MAX_INFO_VAL)
CMPI_CONSTANT(MPI_Errhandler CMPI_NONNULL, ERRORS_RETURN)
CMPI_CONSTANT(MPI_Errhandler CMPI_NONNULL, ERRORS_ARE_FATAL)
CMPI_CONSTANT(MPI_Errhandler, ERRHANDLER_NULL)
CMPI_CONSTANT(int, COMM_TYPE_SHARED)
CMPI_CONSTANT(int, IDENT)
CMPI_CONSTANT(int, CONGRUENT)
CMPI_CONSTANT(int, SIMILAR)

// Ranks, tags, sizes
CMPI_CONSTANT(int, ANY_SOURCE)
CMPI_CONSTANT(int, ANY_TAG)
CMPI_CONSTANT(int, PROC_NULL)
CMPI_CONSTANT(int, ROOT)
CMPI_CONSTANT(int, UNDEFINED)
CMPI_CONSTANT(int, KEYVAL_INVALID)
CMPI_CONSTANT(int, TAG_UB)
CMPI_CONSTANT(int, HOST)
CMPI_CONSTANT(int, IO)
CMPI_CONSTANT(int, WTIME_IS_GLOBAL)
CMPI_CONSTANT(int, UNIVERSE_SIZE)
CMPI_CONSTANT(int, APPNUM)
CMPI_CONSTANT(int, LASTUSEDCODE)
CMPI_CONSTANT(int, BSEND_OVERHEAD)
CMPI_CONSTANT(int, MAX_PROCESSOR_NAME)
CMPI_CONSTANT(int, MAX_ERROR_STRING)
CMPI_CONSTANT(int, MAX_OBJECT_NAME)
CMPI_CONSTANT(int, MAX_PORT_NAME)
CMPI_CONSTANT(int, MAX_LIBRARY_VERSION_STRING)

// Topologies
CMPI_CONSTANT(int, CART)
CMPI_CONSTANT(int, GRAPH)
CMPI_CONSTANT(int, DIST_GRAPH)
CMPI_CONSTANT(int *, UNWEIGHTED)
CMPI_CONSTANT(int *, WEIGHTS_EMPTY)

// Threads
CMPI_CONSTANT(int, THREAD_SINGLE)
CMPI_CONSTANT(int, THREAD_FUNNELED)
CMPI_CONSTANT(int, THREAD_SERIALIZED)
CMPI_CONSTANT(int, THREAD_MULTIPLE)

// Buffers, messages, requests
CMPI_CONSTANT(void *, IN_PLACE)
CMPI_CONSTANT(MPI_Message, MESSAGE_NULL)
CMPI_CONSTANT(MPI_Request, REQUEST_NULL)
CMPI_CONSTANT(MPI_Status *, STATUS_IGNORE)

// Datatypes
CMPI_CONSTANT(MPI_Datatype, DATATYPE_NULL)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, BYTE)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, C_BOOL)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, INT8_T)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, INT16_T)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, INT32_T)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, INT64_T)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, UINT8_T)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, UINT16_T)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, UINT32_T)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, UINT64_T)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, FLOAT)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, DOUBLE)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, PACKED)

// Layouts: the order of an array's elements, how they are dealt out, and how a datatype was made
CMPI_CONSTANT(int, ORDER_C)
CMPI_CONSTANT(int, ORDER_FORTRAN)
CMPI_CONSTANT(int, DISTRIBUTE_BLOCK)
CMPI_CONSTANT(int, DISTRIBUTE_CYCLIC)
CMPI_CONSTANT(int, DISTRIBUTE_NONE)
CMPI_CONSTANT(int, COMBINER_NAMED)
CMPI_CONSTANT(int, COMBINER_DUP)
CMPI_CONSTANT(int, COMBINER_CONTIGUOUS)
CMPI_CONSTANT(int, COMBINER_VECTOR)
CMPI_CONSTANT(int, COMBINER_HVECTOR)
CMPI_CONSTANT(int, COMBINER_INDEXED)
CMPI_CONSTANT(int, COMBINER_HINDEXED)
CMPI_CONSTANT(int, COMBINER_INDEXED_BLOCK)
CMPI_CONSTANT(int, COMBINER_HINDEXED_BLOCK)
CMPI_CONSTANT(int, COMBINER_STRUCT)
CMPI_CONSTANT(int, COMBINER_SUBARRAY)
CMPI_CONSTANT(int, COMBINER_DARRAY)
CMPI_CONSTANT(int, COMBINER_RESIZED)

// A value and an int, for reductions that say where
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, FLOAT_INT)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, DOUBLE_INT)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, LONG_INT)
CMPI_CONSTANT(MPI_Datatype CMPI_NONNULL, 2INT)

// Reductions
CMPI_CONSTANT(MPI_Op, OP_NULL)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, SUM)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, PROD)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, MIN)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, MINLOC)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, MAX)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, MAXLOC)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, LAND)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, LOR)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, LXOR)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, BAND)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, BOR)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, BXOR)

// Windows
CMPI_CONSTANT(MPI_Win, WIN_NULL)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, REPLACE)
CMPI_CONSTANT(MPI_Op CMPI_NONNULL, NO_OP)
CMPI_CONSTANT(int, LOCK_EXCLUSIVE)
CMPI_CONSTANT(int, LOCK_SHARED)
CMPI_CONSTANT(int, MODE_NOCHECK)
CMPI_CONSTANT(int, MODE_NOSTORE)
CMPI_CONSTANT(int, MODE_NOPUT)
CMPI_CONSTANT(int, MODE_NOPRECEDE)
CMPI_CONSTANT(int, MODE_NOSUCCEED)
CMPI_CONSTANT(int, WIN_BASE)
CMPI_CONSTANT(int, WIN_SIZE)
CMPI_CONSTANT(int, WIN_DISP_UNIT)
CMPI_CONSTANT(int, WIN_CREATE_FLAVOR)
CMPI_CONSTANT(int, WIN_MODEL)
CMPI_CONSTANT(int, WIN_UNIFIED)

// Files
CMPI_CONSTANT(MPI_File, FILE_NULL)
CMPI_CONSTANT(int, MODE_RDONLY)
CMPI_CONSTANT(int, MODE_WRONLY)
CMPI_CONSTANT(int, MODE_RDWR)
CMPI_CONSTANT(int, MODE_CREATE)
CMPI_CONSTANT(int, MODE_EXCL)
CMPI_CONSTANT(int, MODE_DELETE_ON_CLOSE)
CMPI_CONSTANT(int, MODE_UNIQUE_OPEN)
CMPI_CONSTANT(int, MODE_SEQUENTIAL)
CMPI_CONSTANT(int, MODE_APPEND)
CMPI_CONSTANT(int, SEEK_SET)
CMPI_CONSTANT(int, SEEK_CUR)
CMPI_CONSTANT(int, SEEK_END)
CMPI_CONSTANT(int, DISTRIBUTE_DFLT_DARG)

// MPI 4's ways to part the ranks by the hardware. Where they are not, numbers that nobody uses.
#if MPI_VERSION >= 4 || (defined(OMPI_MAJOR_VERSION) && OMPI_MAJOR_VERSION >= 5)
CMPI_FEATURE(HARDWARE_SPLIT, 1)
CMPI_CONSTANT(int, COMM_TYPE_HW_GUIDED)
CMPI_CONSTANT(int, COMM_TYPE_HW_UNGUIDED)
#else
CMPI_FEATURE(HARDWARE_SPLIT, 0)
static inline int cmpi_COMM_TYPE_HW_GUIDED(void) __attribute__((swift_name("getter:CMPI_COMM_TYPE_HW_GUIDED()")));
static inline int cmpi_COMM_TYPE_HW_GUIDED(void) { return MPI_UNDEFINED; }
static inline int cmpi_COMM_TYPE_HW_UNGUIDED(void) __attribute__((swift_name("getter:CMPI_COMM_TYPE_HW_UNGUIDED()")));
static inline int cmpi_COMM_TYPE_HW_UNGUIDED(void) { return MPI_UNDEFINED; }
#endif

// A key for attributes of datatypes that a duplicate does not inherit. The copy function is a macro in every MPI.
static inline int cmpi_type_create_keyval(MPI_Type_delete_attr_function *delete_function, int *key) {
  return MPI_Type_create_keyval(MPI_TYPE_NULL_COPY_FN, delete_function, key, NULL);
}

// Takes further arguments in C, which Swift can't give.
static inline int cmpi_pcontrol(int level) { return MPI_Pcontrol(level); }

// The number of a communicator in this process, with Open MPI; 0 with others, which do not tell.
static inline int cmpi_communicator_number(MPI_Comm communicator) {
#if defined(OPEN_MPI)
  return (int)MPI_Comm_c2f(communicator);
#else
  (void)communicator;
  return 0;
#endif
}

#include "cores.h"
#include "environment.h"
#include "errors.h"
#include "extremes.h"
#include "newer.h"
#include "persistent.h"
#include "signals.h"
#include "storage.h"
#include "streams.h"
#include "tools.h"

#undef CMPI_FEATURE
#undef CMPI_CONSTANT

#endif
