// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The processes that run tasks: what Swift can't do by itself. Variadic functions, a function that runs before `main`,
// and the attributes of a process that is started.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/// What the process is that runs this, as the rank that started it has set it. Read before `main`.
struct task_process_role {
  /// The descriptor of the socket to the rank; -1 in a process that no rank has started.
  int socket;
  /// The descriptor to which standard output goes from the first task on.
  int output;
  /// The number of the pool's call that runs tasks here, from 1; 0 if tasks run before `main`, and -1 if they run at the
  /// first call of withMPI.
  int call;
  /// The rank's process.
  pid_t rank;
};

/// The role of this process.
struct task_process_role task_process_role(void);

/// The name of the environment variable that has the role.
#define TASK_PROCESS_VARIABLE "MPI_TASKS_PROCESS"

/// Starts this program again.
///
/// The process has a group of its own, no signal blocked or handled, and no open files but `files`, which become its
/// descriptors 0, 1, 2 and so on: 8 at most.
///
/// Returns 0, or an error number.
int task_process_start(pid_t *process, char *const arguments[], char *const environment[], const int *files, int count);

/// Makes a pipe, or a pair of connected sockets, that no program gets which this process starts otherwise. Returns 0, or
/// -1 with `errno`.
int task_process_pipe(int ends[]);
int task_process_socket(int ends[]);

/// Sends bytes by a socket, as `send` does. That the other end is gone is an error, and no signal.
ssize_t task_process_send(int socket, const void *bytes, size_t count);

/// Has this process end, with those that it has started, when the thread that has started it does.
void task_process_follow_rank(void);

/// Ends this process, and those that it has started.
void task_process_end(void) __attribute__((noreturn));

/// A file that is memory and belongs to no file system; -1 if there is none, with `errno`.
int task_process_memory(void);

/// Has each line that is printed leave the process at once.
void task_process_print_lines(void);

/// Runs what belongs to the main thread, if that calls, and never returns.
void task_process_run_main_queue(void) __attribute__((noreturn));

/// Makes an object of Swift in memory that is not freed with it. Returns NULL if Swift's runtime has no such function.
void *task_process_make_object(const void *type, void *memory);

/// Whether there is only one reference to an object of Swift.
bool task_process_is_alone(void *object);
