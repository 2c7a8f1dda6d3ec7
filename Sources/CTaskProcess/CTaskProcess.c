// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CTaskProcess.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#else
#include <pthread.h>
#endif

// In Swift: takes the role on, and returns if `main` is to run first.
extern void swift_mpi_task_process_begins(void) __attribute__((weak));

static struct task_process_role role = {-1, -1, 0, 0};

struct task_process_role task_process_role(void) { return role; }

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv(TASK_PROCESS_VARIABLE);
  if (text == NULL) return;
  struct task_process_role found;
  int rank = 0;
  int count = sscanf(text, "%d:%d:%d:%d", &found.socket, &found.output, &found.call, &rank);
  found.rank = rank;
  // Programs that a task starts are no such processes.
  unsetenv(TASK_PROCESS_VARIABLE);
  if (count != 4 || fcntl(found.socket, F_GETFD) < 0 || fcntl(found.output, F_GETFD) < 0) return;
  fcntl(found.socket, F_SETFD, FD_CLOEXEC);
  fcntl(found.output, F_SETFD, FD_CLOEXEC);
  role = found;
#ifdef __GLIBC__
  // It was started as /proc/self/exe, which is what lists of processes would show.
  prctl(PR_SET_NAME, program_invocation_short_name, 0, 0, 0);
#endif
  if (swift_mpi_task_process_begins != NULL) swift_mpi_task_process_begins();
}

int task_process_start(
    pid_t *process, char *const arguments[], char *const environment[], const int *files, int count) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int code = posix_spawnattr_init(&attributes);
  if (code != 0) return code;
  code = posix_spawn_file_actions_init(&actions);
  if (code != 0) {
    posix_spawnattr_destroy(&attributes);
    return code;
  }
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
  flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
  posix_spawnattr_setflags(&attributes, flags);
  // Copies above all of the process's descriptors, so that none takes the place of another.
  int copies[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
  for (int i = 0; i < count && code == 0; i++) {
    copies[i] = fcntl(files[i], F_DUPFD_CLOEXEC, count);
    if (copies[i] < 0) code = errno;
    if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, copies[i], i);
  }
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 34)
  if (code == 0) code = posix_spawn_file_actions_addclosefrom_np(&actions, count);
#endif
#endif
  if (code == 0) {
#ifdef __linux__
    const char *program = "/proc/self/exe";
#else
    const char *program = arguments[0];
#endif
    code = posix_spawn(process, program, &actions, &attributes, arguments, environment);
  }
  for (int i = 0; i < count; i++) {
    if (copies[i] >= 0) close(copies[i]);
  }
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return code;
}

int task_process_pipe(int ends[]) {
#ifdef __linux__
  return pipe2(ends, O_CLOEXEC);
#else
  if (pipe(ends) != 0) return -1;
  for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
  return 0;
#endif
}

int task_process_socket(int ends[]) {
#ifdef __linux__
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
#else
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return -1;
  int on = 1;
  for (int i = 0; i < 2; i++) {
    fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    setsockopt(ends[i], SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  }
  return 0;
#endif
}

ssize_t task_process_send(int socket, const void *bytes, size_t count) {
#ifdef MSG_NOSIGNAL
  return send(socket, bytes, count, MSG_NOSIGNAL);
#else
  return send(socket, bytes, count, 0);
#endif
}

void task_process_end(void) {
  // Only a group of its own.
  if (getpgrp() == getpid()) kill(0, SIGKILL);
  _exit(0);
}

static void end_with_rank(int signal) {
  (void)signal;
  task_process_end();
}

void task_process_follow_rank(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = end_with_rank;
  sigaction(SIGHUP, &action, NULL);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGHUP, 0, 0, 0);
#endif
  // It may have ended before.
  if (getppid() != role.rank) task_process_end();
}

int task_process_memory(void) {
#ifdef __linux__
  return memfd_create("MPITasks", MFD_CLOEXEC);
#else
  errno = ENOSYS;
  return -1;
#endif
}

void task_process_print_lines(void) { setvbuf(stdout, NULL, _IOLBF, BUFSIZ); }

static bool is_main_thread(void) {
#ifdef __linux__
  return syscall(SYS_gettid) == getpid();
#else
  return pthread_main_np() != 0;
#endif
}

void task_process_run_main_queue(void) {
  // The functions by which run loops serve the main queue. `dispatch_main` ends its thread, which can't be done before
  // `main`.
  int (*handle)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "_dispatch_get_main_queue_handle_4CF");
  void (*serve)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "_dispatch_main_queue_callback_4CF");
  if (handle == NULL || serve == NULL || !is_main_thread()) {
    for (;;) pause();
  }
  struct pollfd waiting = {handle(), POLLIN, 0};
  for (;;) {
    if (poll(&waiting, 1, -1) != 1) continue;
    uint64_t count;
    if (read(waiting.fd, &count, sizeof count) > 0) serve(NULL);
  }
}

/// In Swift's runtime: makes an object whose memory is the caller's, as for objects on the stack.
extern void *swift_initStackObject(const void *type, void *memory) __attribute__((weak));
/// In Swift's runtime: what `isKnownUniquelyReferenced` calls.
extern bool swift_isUniquelyReferenced_nonNull_native(const void *object) __attribute__((weak));

void *task_process_make_object(const void *type, void *memory) {
  if (swift_initStackObject == NULL || swift_isUniquelyReferenced_nonNull_native == NULL) return NULL;
  return swift_initStackObject(type, memory);
}

bool task_process_is_alone(void *object) { return swift_isUniquelyReferenced_nonNull_native(object); }
