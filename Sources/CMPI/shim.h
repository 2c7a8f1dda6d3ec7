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

// Open MPI's handles are pointers, MPICH's are integers. A handle that MPI makes is never a null pointer, so Swift sees
// the constants as plain values; those that stand for "none" begin a variable that MPI fills, and so may be null.
#if defined(OPEN_MPI)
#define CMPI_NONNULL _Nonnull
#else
#define CMPI_NONNULL
#endif

#define CMPI_CONSTANT(type, name)                                                                     \
  static inline type cmpi_##name(void) __attribute__((swift_name("getter:CMPI_" #name "()")));        \
  static inline type cmpi_##name(void) { return MPI_##name; }

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
CMPI_CONSTANT(int, COMM_TYPE_SHARED)
CMPI_CONSTANT(int, IDENT)
CMPI_CONSTANT(int, CONGRUENT)
CMPI_CONSTANT(int, SIMILAR)

// Ranks, tags, sizes
CMPI_CONSTANT(int, ANY_SOURCE)
CMPI_CONSTANT(int, ANY_TAG)
CMPI_CONSTANT(int, PROC_NULL)
CMPI_CONSTANT(int, UNDEFINED)
CMPI_CONSTANT(int, KEYVAL_INVALID)
CMPI_CONSTANT(int, TAG_UB)
CMPI_CONSTANT(int, BSEND_OVERHEAD)
CMPI_CONSTANT(int, MAX_PROCESSOR_NAME)
CMPI_CONSTANT(int, MAX_ERROR_STRING)
CMPI_CONSTANT(int, MAX_OBJECT_NAME)
CMPI_CONSTANT(int, MAX_LIBRARY_VERSION_STRING)

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

// Error classes (MPI-3.1, section 8.4). Codes differ between MPIs, and so do the classes' numbers: compare by these.
CMPI_CONSTANT(int, ERR_ACCESS)
CMPI_CONSTANT(int, ERR_AMODE)
CMPI_CONSTANT(int, ERR_ARG)
CMPI_CONSTANT(int, ERR_ASSERT)
CMPI_CONSTANT(int, ERR_BAD_FILE)
CMPI_CONSTANT(int, ERR_BASE)
CMPI_CONSTANT(int, ERR_BUFFER)
CMPI_CONSTANT(int, ERR_COMM)
CMPI_CONSTANT(int, ERR_CONVERSION)
CMPI_CONSTANT(int, ERR_COUNT)
CMPI_CONSTANT(int, ERR_DIMS)
CMPI_CONSTANT(int, ERR_DISP)
CMPI_CONSTANT(int, ERR_DUP_DATAREP)
CMPI_CONSTANT(int, ERR_FILE)
CMPI_CONSTANT(int, ERR_FILE_EXISTS)
CMPI_CONSTANT(int, ERR_FILE_IN_USE)
CMPI_CONSTANT(int, ERR_GROUP)
CMPI_CONSTANT(int, ERR_INFO)
CMPI_CONSTANT(int, ERR_INFO_KEY)
CMPI_CONSTANT(int, ERR_INFO_NOKEY)
CMPI_CONSTANT(int, ERR_INFO_VALUE)
CMPI_CONSTANT(int, ERR_IN_STATUS)
CMPI_CONSTANT(int, ERR_INTERN)
CMPI_CONSTANT(int, ERR_IO)
CMPI_CONSTANT(int, ERR_KEYVAL)
CMPI_CONSTANT(int, ERR_LOCKTYPE)
CMPI_CONSTANT(int, ERR_NAME)
CMPI_CONSTANT(int, ERR_NO_MEM)
CMPI_CONSTANT(int, ERR_NO_SPACE)
CMPI_CONSTANT(int, ERR_NO_SUCH_FILE)
CMPI_CONSTANT(int, ERR_NOT_SAME)
CMPI_CONSTANT(int, ERR_OP)
CMPI_CONSTANT(int, ERR_OTHER)
CMPI_CONSTANT(int, ERR_PENDING)
CMPI_CONSTANT(int, ERR_PORT)
CMPI_CONSTANT(int, ERR_QUOTA)
CMPI_CONSTANT(int, ERR_RANK)
CMPI_CONSTANT(int, ERR_READ_ONLY)
CMPI_CONSTANT(int, ERR_REQUEST)
CMPI_CONSTANT(int, ERR_RMA_ATTACH)
CMPI_CONSTANT(int, ERR_RMA_CONFLICT)
CMPI_CONSTANT(int, ERR_RMA_FLAVOR)
CMPI_CONSTANT(int, ERR_RMA_RANGE)
CMPI_CONSTANT(int, ERR_RMA_SHARED)
CMPI_CONSTANT(int, ERR_RMA_SYNC)
CMPI_CONSTANT(int, ERR_ROOT)
CMPI_CONSTANT(int, ERR_SERVICE)
CMPI_CONSTANT(int, ERR_SIZE)
CMPI_CONSTANT(int, ERR_SPAWN)
CMPI_CONSTANT(int, ERR_TAG)
CMPI_CONSTANT(int, ERR_TOPOLOGY)
CMPI_CONSTANT(int, ERR_TRUNCATE)
CMPI_CONSTANT(int, ERR_TYPE)
CMPI_CONSTANT(int, ERR_UNKNOWN)
CMPI_CONSTANT(int, ERR_UNSUPPORTED_DATAREP)
CMPI_CONSTANT(int, ERR_UNSUPPORTED_OPERATION)
CMPI_CONSTANT(int, ERR_WIN)

#include "persistent.h"

// What this MPI has beyond MPI 3.1, as `CMPI_HAS_…`. Swift asks before it calls: an MPI without it has no such functions,
// and those that stand for them here only say so.
#define CMPI_FEATURE(name, is_there)                                                                  \
  static inline int cmpi_has_##name(void) __attribute__((swift_name("getter:CMPI_HAS_" #name "()"))); \
  static inline int cmpi_has_##name(void) { return is_there; }

CMPI_FEATURE(PERSISTENT_COLLECTIVES, CMPI_HAVE_PERSISTENT)

#undef CMPI_FEATURE
#undef CMPI_CONSTANT

// A key for attributes of datatypes that a duplicate does not inherit. The copy function is a macro in every MPI.
static inline int cmpi_type_create_keyval(MPI_Type_delete_attr_function *delete_function, int *key) {
  return MPI_Type_create_keyval(MPI_TYPE_NULL_COPY_FN, delete_function, key, NULL);
}

#endif
