// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Persistent collectives. MPI 4.0 has them; Open MPI has them from 5.0 on, and as an extension with names of its own from
// 4.1 on. Each is one function to Swift, which asks CMPI_HAS_PERSISTENT_COLLECTIVES first. Hints are none.
#ifndef CMPI_PERSISTENT_H
#define CMPI_PERSISTENT_H

#if defined(OPEN_MPI)
#include <mpi-ext.h>
#endif

#if MPI_VERSION >= 4 || (defined(OMPI_MAJOR_VERSION) && OMPI_MAJOR_VERSION >= 5)
#define CMPI_HAVE_PERSISTENT 1
#define CMPI_INIT(name, ...) { return MPI_##name##_init(__VA_ARGS__, MPI_INFO_NULL, request); }
#elif defined(OMPI_HAVE_MPI_EXT_PCOLLREQ)
#define CMPI_HAVE_PERSISTENT 1
#define CMPI_INIT(name, ...) { return MPIX_##name##_init(__VA_ARGS__, MPI_INFO_NULL, request); }
#else
#define CMPI_HAVE_PERSISTENT 0
#define CMPI_INIT(name, ...) { return MPI_ERR_UNSUPPORTED_OPERATION; }
#endif

static inline int cmpi_barrier_init(MPI_Comm comm, MPI_Request *request) CMPI_INIT(Barrier, comm)

static inline int cmpi_bcast_init(
    void *buffer, int count, MPI_Datatype type, int root, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Bcast, buffer, count, type, root, comm)

static inline int cmpi_gather_init(
    const void *send, int send_count, MPI_Datatype send_type, void *receive, int receive_count,
    MPI_Datatype receive_type, int root, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Gather, send, send_count, send_type, receive, receive_count, receive_type, root, comm)

static inline int cmpi_gatherv_init(
    const void *send, int send_count, MPI_Datatype send_type, void *receive, const int *counts,
    const int *displacements, MPI_Datatype receive_type, int root, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Gatherv, send, send_count, send_type, receive, counts, displacements, receive_type, root, comm)

static inline int cmpi_scatter_init(
    const void *send, int send_count, MPI_Datatype send_type, void *receive, int receive_count,
    MPI_Datatype receive_type, int root, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Scatter, send, send_count, send_type, receive, receive_count, receive_type, root, comm)

static inline int cmpi_scatterv_init(
    const void *send, const int *counts, const int *displacements, MPI_Datatype send_type, void *receive,
    int receive_count, MPI_Datatype receive_type, int root, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Scatterv, send, counts, displacements, send_type, receive, receive_count, receive_type, root, comm)

static inline int cmpi_allgather_init(
    const void *send, int send_count, MPI_Datatype send_type, void *receive, int receive_count,
    MPI_Datatype receive_type, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Allgather, send, send_count, send_type, receive, receive_count, receive_type, comm)

static inline int cmpi_allgatherv_init(
    const void *send, int send_count, MPI_Datatype send_type, void *receive, const int *counts,
    const int *displacements, MPI_Datatype receive_type, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Allgatherv, send, send_count, send_type, receive, counts, displacements, receive_type, comm)

static inline int cmpi_alltoall_init(
    const void *send, int send_count, MPI_Datatype send_type, void *receive, int receive_count,
    MPI_Datatype receive_type, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Alltoall, send, send_count, send_type, receive, receive_count, receive_type, comm)

static inline int cmpi_alltoallw_init(
    const void *send, const int *send_counts, const int *send_displacements, const MPI_Datatype *send_types,
    void *receive, const int *receive_counts, const int *receive_displacements, const MPI_Datatype *receive_types,
    MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Alltoallw, send, send_counts, send_displacements, send_types, receive, receive_counts,
              receive_displacements, receive_types, comm)

static inline int cmpi_reduce_init(
    const void *send, void *receive, int count, MPI_Datatype type, MPI_Op op, int root, MPI_Comm comm,
    MPI_Request *request)
    CMPI_INIT(Reduce, send, receive, count, type, op, root, comm)

static inline int cmpi_allreduce_init(
    const void *send, void *receive, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Allreduce, send, receive, count, type, op, comm)

static inline int cmpi_reduce_scatter_init(
    const void *send, void *receive, const int *counts, MPI_Datatype type, MPI_Op op, MPI_Comm comm,
    MPI_Request *request)
    CMPI_INIT(Reduce_scatter, send, receive, counts, type, op, comm)

static inline int cmpi_reduce_scatter_block_init(
    const void *send, void *receive, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Reduce_scatter_block, send, receive, count, type, op, comm)

static inline int cmpi_scan_init(
    const void *send, void *receive, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Scan, send, receive, count, type, op, comm)

static inline int cmpi_exscan_init(
    const void *send, void *receive, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Exscan, send, receive, count, type, op, comm)

static inline int cmpi_neighbor_allgather_init(
    const void *send, int send_count, MPI_Datatype send_type, void *receive, int receive_count,
    MPI_Datatype receive_type, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Neighbor_allgather, send, send_count, send_type, receive, receive_count, receive_type, comm)

static inline int cmpi_neighbor_allgatherv_init(
    const void *send, int send_count, MPI_Datatype send_type, void *receive, const int *counts,
    const int *displacements, MPI_Datatype receive_type, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Neighbor_allgatherv, send, send_count, send_type, receive, counts, displacements, receive_type, comm)

static inline int cmpi_neighbor_alltoall_init(
    const void *send, int send_count, MPI_Datatype send_type, void *receive, int receive_count,
    MPI_Datatype receive_type, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Neighbor_alltoall, send, send_count, send_type, receive, receive_count, receive_type, comm)

static inline int cmpi_neighbor_alltoallw_init(
    const void *send, const int *send_counts, const MPI_Aint *send_displacements, const MPI_Datatype *send_types,
    void *receive, const int *receive_counts, const MPI_Aint *receive_displacements,
    const MPI_Datatype *receive_types, MPI_Comm comm, MPI_Request *request)
    CMPI_INIT(Neighbor_alltoallw, send, send_counts, send_displacements, send_types, receive, receive_counts,
              receive_displacements, receive_types, comm)

#undef CMPI_INIT

CMPI_FEATURE(PERSISTENT_COLLECTIVES, CMPI_HAVE_PERSISTENT)

#endif
