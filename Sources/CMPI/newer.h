// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// What only newer MPIs have, as functions that are always there. Swift asks the CMPI_HAS_… of a feature before it calls
// one: where the MPI has it not, they only say so.
#ifndef CMPI_NEWER_H
#define CMPI_NEWER_H

#if defined(OPEN_MPI)
#include <mpi-ext.h>
#endif

// Open MPI 5 says that it is MPI 3.1, and has much of MPI 4.0.
#if MPI_VERSION >= 4 || (defined(OMPI_MAJOR_VERSION) && OMPI_MAJOR_VERSION >= 5)
#define CMPI_HAVE_SESSIONS 1
#define CMPI_HAVE_PARTITIONED 1
#define CMPI_IF_MPI4(...) { return __VA_ARGS__; }
#else
#define CMPI_HAVE_SESSIONS 0
#define CMPI_HAVE_PARTITIONED 0
#define CMPI_IF_MPI4(...) { return MPI_ERR_UNSUPPORTED_OPERATION; }
#endif

#if MPI_VERSION > 4 || (MPI_VERSION == 4 && MPI_SUBVERSION >= 1)
#define CMPI_HAVE_HARDWARE_RESOURCES 1
#else
#define CMPI_HAVE_HARDWARE_RESOURCES 0
#endif

// Fault tolerance: an extension of Open MPI from 5.0 on. MPICH has functions of these names, and no way to ask whether a
// communicator is revoked; its launcher ends the job.
#if defined(OMPI_HAVE_MPI_EXT_FTMPI)
#define CMPI_HAVE_FAULT_TOLERANCE 1
#define CMPI_IF_FT(...) { return __VA_ARGS__; }
#else
#define CMPI_HAVE_FAULT_TOLERANCE 0
#define CMPI_IF_FT(...) { return MPI_ERR_UNSUPPORTED_OPERATION; }
#endif

// Error classes that not every MPI has; -1, which none is, where it lacks them.
#define CMPI_CLASS(name, value)                                                                               \
  static inline int cmpi_ERR_##name(void) __attribute__((swift_name("getter:CMPI_ERR_" #name "()")));         \
  static inline int cmpi_ERR_##name(void) { return value; }

#if defined(MPIX_ERR_PROC_FAILED) && defined(MPIX_ERR_REVOKED)
CMPI_CLASS(PROC_FAILED, MPIX_ERR_PROC_FAILED)
CMPI_CLASS(PROC_FAILED_PENDING, MPIX_ERR_PROC_FAILED_PENDING)
CMPI_CLASS(REVOKED, MPIX_ERR_REVOKED)
#else
CMPI_CLASS(PROC_FAILED, -1)
CMPI_CLASS(PROC_FAILED_PENDING, -1)
CMPI_CLASS(REVOKED, -1)
#endif
#if CMPI_HAVE_SESSIONS
CMPI_CLASS(PROC_ABORTED, MPI_ERR_PROC_ABORTED)
CMPI_CLASS(SESSION, MPI_ERR_SESSION)
CMPI_CLASS(VALUE_TOO_LARGE, MPI_ERR_VALUE_TOO_LARGE)
#else
CMPI_CLASS(PROC_ABORTED, -1)
CMPI_CLASS(SESSION, -1)
CMPI_CLASS(VALUE_TOO_LARGE, -1)
#endif
#undef CMPI_CLASS

// Fault tolerance

static inline int cmpi_comm_revoke(MPI_Comm comm) CMPI_IF_FT(MPIX_Comm_revoke(comm))

static inline int cmpi_comm_is_revoked(MPI_Comm comm, int *flag) CMPI_IF_FT(MPIX_Comm_is_revoked(comm, flag))

static inline int cmpi_comm_shrink(MPI_Comm comm, MPI_Comm *made) CMPI_IF_FT(MPIX_Comm_shrink(comm, made))

static inline int cmpi_comm_agree(MPI_Comm comm, int *flag) CMPI_IF_FT(MPIX_Comm_agree(comm, flag))

static inline int cmpi_comm_iagree(MPI_Comm comm, int *flag, MPI_Request *request)
    CMPI_IF_FT(MPIX_Comm_iagree(comm, flag, request))

static inline int cmpi_comm_get_failed(MPI_Comm comm, MPI_Group *group) CMPI_IF_FT(MPIX_Comm_get_failed(comm, group))

static inline int cmpi_comm_failure_ack(MPI_Comm comm) CMPI_IF_FT(MPIX_Comm_failure_ack(comm))

static inline int cmpi_comm_failure_get_acked(MPI_Comm comm, MPI_Group *group)
    CMPI_IF_FT(MPIX_Comm_failure_get_acked(comm, group))

// Whether the launcher was told to let a job go on without a rank. An attribute of every communicator.
static inline int cmpi_survives_failures(MPI_Comm comm) {
#if CMPI_HAVE_FAULT_TOLERANCE
  int *value = NULL, found = 0;
  return MPI_Comm_get_attr(comm, MPIX_FT, &value, &found) == MPI_SUCCESS && found && *value;
#else
  return 0;
#endif
}

// Sessions

#if CMPI_HAVE_SESSIONS
typedef MPI_Session CMPI_Session;
#define CMPI_MAX_STRINGTAG_LEN_VALUE MPI_MAX_STRINGTAG_LEN
#define CMPI_MAX_PSET_NAME_LEN_VALUE MPI_MAX_PSET_NAME_LEN
#define CMPI_SESSION_NULL_VALUE MPI_SESSION_NULL
#else
typedef struct cmpi_no_session *CMPI_Session;
#define CMPI_MAX_STRINGTAG_LEN_VALUE 256
#define CMPI_MAX_PSET_NAME_LEN_VALUE 256
#define CMPI_SESSION_NULL_VALUE NULL
#endif

static inline CMPI_Session cmpi_session_null(void) __attribute__((swift_name("getter:CMPI_SESSION_NULL()")));
static inline CMPI_Session cmpi_session_null(void) { return CMPI_SESSION_NULL_VALUE; }
static inline int cmpi_max_stringtag_len(void) __attribute__((swift_name("getter:CMPI_MAX_STRINGTAG_LEN()")));
static inline int cmpi_max_stringtag_len(void) { return CMPI_MAX_STRINGTAG_LEN_VALUE; }
static inline int cmpi_max_pset_name_len(void) __attribute__((swift_name("getter:CMPI_MAX_PSET_NAME_LEN()")));
static inline int cmpi_max_pset_name_len(void) { return CMPI_MAX_PSET_NAME_LEN_VALUE; }

static inline int cmpi_session_init(MPI_Info info, CMPI_Session *session)
    CMPI_IF_MPI4(MPI_Session_init(info, MPI_ERRORS_RETURN, session))

static inline int cmpi_session_finalize(CMPI_Session *session) CMPI_IF_MPI4(MPI_Session_finalize(session))

static inline int cmpi_session_get_info(CMPI_Session session, MPI_Info *info)
    CMPI_IF_MPI4(MPI_Session_get_info(session, info))

static inline int cmpi_session_get_num_psets(CMPI_Session session, int *count)
    CMPI_IF_MPI4(MPI_Session_get_num_psets(session, MPI_INFO_NULL, count))

static inline int cmpi_session_get_nth_pset(CMPI_Session session, int index, int *length, char *name)
    CMPI_IF_MPI4(MPI_Session_get_nth_pset(session, MPI_INFO_NULL, index, length, name))

static inline int cmpi_session_get_pset_info(CMPI_Session session, const char *name, MPI_Info *info)
    CMPI_IF_MPI4(MPI_Session_get_pset_info(session, name, info))

static inline int cmpi_group_from_session_pset(CMPI_Session session, const char *name, MPI_Group *group)
    CMPI_IF_MPI4(MPI_Group_from_session_pset(session, name, group))

static inline int cmpi_comm_create_from_group(MPI_Group group, const char *tag, MPI_Info info, MPI_Comm *made)
    CMPI_IF_MPI4(MPI_Comm_create_from_group(group, tag, info, MPI_ERRORS_RETURN, made))

static inline int cmpi_intercomm_create_from_groups(
    MPI_Group local, int local_leader, MPI_Group remote, int remote_leader, const char *tag, MPI_Info info,
    MPI_Comm *made)
    CMPI_IF_MPI4(MPI_Intercomm_create_from_groups(
        local, local_leader, remote, remote_leader, tag, info, MPI_ERRORS_RETURN, made))

// What MPI knows of how the job was started. A new object each time; older MPIs have one, which lives as long as they.
static inline int cmpi_info_create_env(MPI_Info *info) {
#if CMPI_HAVE_SESSIONS
  return MPI_Info_create_env(0, NULL, info);
#else
  return MPI_Info_dup(MPI_INFO_ENV, info);
#endif
}

// The parts of the hardware, and whether this process is bound to one of each kind.
static inline int cmpi_get_hw_resource_info(MPI_Info *info) {
#if CMPI_HAVE_HARDWARE_RESOURCES
  return MPI_Get_hw_resource_info(info);
#else
  return MPI_ERR_UNSUPPORTED_OPERATION;
#endif
}

// The version of the standard's binary interface; -1 where the MPI, or the header that this is compiled with, has its own.
static inline int cmpi_abi_get_version(int *major, int *minor) {
#if MPI_VERSION >= 5
  return MPI_Abi_get_version(major, minor);
#else
  *major = *minor = -1;
  return MPI_SUCCESS;
#endif
}

static inline int cmpi_abi_get_info(MPI_Info *info) {
#if MPI_VERSION >= 5
  return MPI_Abi_get_info(info);
#else
  *info = MPI_INFO_NULL;
  return MPI_SUCCESS;
#endif
}

// Partitioned communication

static inline int cmpi_psend_init(
    const void *buffer, int partitions, MPI_Count count, MPI_Datatype type, int destination, int tag, MPI_Comm comm,
    MPI_Info info, MPI_Request *request)
    CMPI_IF_MPI4(MPI_Psend_init(buffer, partitions, count, type, destination, tag, comm, info, request))

static inline int cmpi_precv_init(
    void *buffer, int partitions, MPI_Count count, MPI_Datatype type, int source, int tag, MPI_Comm comm,
    MPI_Info info, MPI_Request *request)
    CMPI_IF_MPI4(MPI_Precv_init(buffer, partitions, count, type, source, tag, comm, info, request))

static inline int cmpi_pready(int partition, MPI_Request request) CMPI_IF_MPI4(MPI_Pready(partition, request))

static inline int cmpi_pready_range(int first, int last, MPI_Request request)
    CMPI_IF_MPI4(MPI_Pready_range(first, last, request))

// Open MPI's takes a list that isn't const, and does not change it.
static inline int cmpi_pready_list(int length, const int *partitions, MPI_Request request)
    CMPI_IF_MPI4(MPI_Pready_list(length, (int *)partitions, request))

static inline int cmpi_parrived(MPI_Request request, int partition, int *flag)
    CMPI_IF_MPI4(MPI_Parrived(request, partition, flag))

#undef CMPI_IF_FT
#undef CMPI_IF_MPI4

CMPI_FEATURE(FAULT_TOLERANCE, CMPI_HAVE_FAULT_TOLERANCE)
CMPI_FEATURE(SESSIONS, CMPI_HAVE_SESSIONS)
CMPI_FEATURE(HARDWARE_RESOURCES, CMPI_HAVE_HARDWARE_RESOURCES)
CMPI_FEATURE(PARTITIONED_COMMUNICATION, CMPI_HAVE_PARTITIONED)

#endif
