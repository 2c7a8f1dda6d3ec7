// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// What a signal does to a rank. The handlers are C: hardly anything may be called in one, and the least of Swift is more.
//
// The variable is there once for each object file that uses it, so one file of Swift alone calls these functions.
#ifndef CMPI_SIGNALS_H
#define CMPI_SIGNALS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CMPI_SIGNAL_COUNT 65

// All that the handler of a trap needs, made beforehand.
struct cmpi_traps {
  // What to write for each signal.
  char words[CMPI_SIGNAL_COUNT][1024];
  // What handled the signal before.
  struct sigaction before[CMPI_SIGNAL_COUNT];
  // An address of the job on this host: the rank that has it speaks. It has a zero byte in front, so it is no file's name.
  struct sockaddr_un address;
  socklen_t addressLength;
  // Whether a thread of this process is at it, and whether it has spoken already.
  int isTrapped, hasSpoken;
  // Whether what handled the signal before (Swift's backtrace) goes on.
  int goesOn;
};

static inline struct cmpi_traps *cmpi_traps(void) {
  static struct cmpi_traps traps;
  return &traps;
}

static inline void cmpi_pause(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

// Whether this process is the one of its job that speaks, on this host: the first that asks. It stays so until it ends.
static inline int cmpi_speaks(void) {
  if (cmpi_traps()->addressLength == 0) return 1;
  int name = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (name < 0) return 1;
  fcntl(name, F_SETFD, FD_CLOEXEC);
  if (bind(name, (struct sockaddr *)&cmpi_traps()->address, cmpi_traps()->addressLength) == 0) return 1;
  int isTaken = errno == EADDRINUSE;
  close(name);
  return !isTaken;
}

static inline void cmpi_write_words(const char *words) {
  size_t length = strlen(words);
  while (length > 0) {
    ssize_t written = write(2, words, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    words += written, length -= (size_t)written;
  }
}

static void cmpi_trapped(int number, siginfo_t *information, void *context) {
  int code = errno;
  int isFirst = !__atomic_exchange_n(&cmpi_traps()->isTrapped, 1, __ATOMIC_SEQ_CST);
  struct sigaction *before = &cmpi_traps()->before[number];
  int goesOn = cmpi_traps()->goesOn && before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN;
  if (isFirst && (cmpi_traps()->hasSpoken || cmpi_speaks())) {
    if (!cmpi_traps()->hasSpoken) cmpi_write_words(cmpi_traps()->words[number]);
    // Ranks that trap at the same moment find that this one speaks.
    if (cmpi_traps()->addressLength > 0) cmpi_pause(250);
    if (goesOn) {
      // Swift reads memory that may not be there, and handles the signals of that.
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_UNBLOCK, &all, NULL);
      errno = code;
      if (before->sa_flags & SA_SIGINFO) before->sa_sigaction(number, information, context);
      else before->sa_handler(number);
      return;
    }
  } else {
    // Another rank or thread speaks. Its end is this one's too, unless that takes too long.
    cmpi_pause(goesOn ? 60000 : 5000);
  }
  // The signal does what it does by itself: a fault comes again when the handler returns.
  signal(number, SIG_DFL);
  if (information->si_code <= 0) raise(number);
  errno = code;
}

static inline void cmpi_set_trap_words(int number, const char *words) {
  char *to = cmpi_traps()->words[number];
  strncpy(to, words, sizeof cmpi_traps()->words[number] - 1);
}

// Names the job, on this host; an empty name if each process speaks.
static inline void cmpi_set_trap_name(const char *name) {
#if defined(__linux__)
  size_t length = strlen(name);
  if (length > sizeof cmpi_traps()->address.sun_path - 1) length = sizeof cmpi_traps()->address.sun_path - 1;
  cmpi_traps()->address.sun_family = AF_UNIX;
  memcpy(cmpi_traps()->address.sun_path + 1, name, length);
  cmpi_traps()->addressLength = length == 0 ? 0 : (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
#else
  (void)name;
#endif
}

// Writes words on standard error now, if this process is the one that speaks. A trap that follows adds none.
static inline void cmpi_speak(const char *words) {
  int speaks = cmpi_speaks();
  if (speaks) cmpi_write_words(words);
  cmpi_traps()->hasSpoken = speaks;
}

// Swift's backtrace, if it handles the signals of a trap: one handler for all seven, but for those that were another library's
// when Swift came, and are the system's again. Else its handler is SIG_DFL.
static inline struct sigaction cmpi_swifts_action(void) {
  const int signals[] = {SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
  struct sigaction none, first, other;
  memset(&none, 0, sizeof none);
  sigaction(signals[0], NULL, &first);
  if (first.sa_handler == SIG_IGN || !(first.sa_flags & SA_SIGINFO)) return none;
  for (size_t index = 1; index < sizeof signals / sizeof signals[0]; index++) {
    sigaction(signals[index], NULL, &other);
    if (other.sa_handler != first.sa_handler && other.sa_handler != SIG_DFL) return none;
  }
  return first;
}

// Handles a signal if nothing but the system's default or Swift's backtrace does.
static inline void cmpi_handle_trap(int number, const struct sigaction *swifts) {
  struct sigaction action, *before = &cmpi_traps()->before[number];
  sigaction(number, NULL, before);
  if (before->sa_handler == SIG_DFL) *before = *swifts;
  if (before->sa_handler != swifts->sa_handler) return;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = cmpi_trapped;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  // A fault in the handler ends the process.
  sigfillset(&action.sa_mask);
  sigdelset(&action.sa_mask, SIGTERM), sigdelset(&action.sa_mask, SIGINT);
  sigaction(number, &action, NULL);
}

static inline void cmpi_handle_traps(void) {
  const int signals[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
  struct sigaction swifts = cmpi_swifts_action();
  const char *asked = getenv("SWIFT_BACKTRACE");
  cmpi_traps()->goesOn = swifts.sa_handler != SIG_DFL && asked != NULL && asked[0] != 0;
  for (size_t index = 0; index < sizeof signals / sizeof signals[0]; index++) cmpi_handle_trap(signals[index], &swifts);
}

static inline _Noreturn void cmpi_trap(void) { __builtin_trap(); }

// Signals by which a batch system or a user gives notice: which have come, each a bit.
struct cmpi_notices {
  unsigned came;
  // Where a byte is written when one comes; 0 if no thread reads there.
  int pipe;
  // When SIGTERM or SIGINT first came, in milliseconds.
  long long firstEnd;
};

static inline struct cmpi_notices *cmpi_notices(void) {
  static struct cmpi_notices notices;
  return &notices;
}

// Notes a signal. SIGTERM or SIGINT that comes again ends the process as it would by itself; within two seconds it is the same
// one, which a launcher and a batch system may send both.
static void cmpi_note(int number) {
  int code = errno;
  unsigned bit = 1u << number, before = __atomic_fetch_or(&cmpi_notices()->came, bit, __ATOMIC_SEQ_CST);
  if (number == SIGTERM || number == SIGINT) {
    struct timespec time = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    long long now = time.tv_sec * 1000LL + time.tv_nsec / 1000000;
    if (!(before & bit)) {
      __atomic_store_n(&cmpi_notices()->firstEnd, now, __ATOMIC_SEQ_CST);
    } else if (now - __atomic_load_n(&cmpi_notices()->firstEnd, __ATOMIC_SEQ_CST) > 2000) {
      signal(number, SIG_DFL);
      raise(number);
    }
  }
  int pipe = __atomic_load_n(&cmpi_notices()->pipe, __ATOMIC_SEQ_CST);
  // A full pipe wakes its reader as well.
  if (pipe > 0 && write(pipe, "", 1) < 0) {}
  errno = code;
}

static inline unsigned cmpi_notices_that_came(void) { return __atomic_load_n(&cmpi_notices()->came, __ATOMIC_RELAXED); }

static inline void cmpi_wake_by_notices(int pipe) { __atomic_store_n(&cmpi_notices()->pipe, pipe, __ATOMIC_SEQ_CST); }

// Has a signal noted that would end the process, unless the program has said what it does. Not SIG_IGN: programs that this one
// starts would inherit that. Returns whether it is noted.
static inline int cmpi_take_notice(int number) {
  struct sigaction action;
  if (sigaction(number, NULL, &action) != 0) return 0;
  if (action.sa_handler == cmpi_note) return 1;
  if (action.sa_handler != SIG_DFL) return 0;
  memset(&action, 0, sizeof action);
  action.sa_handler = cmpi_note;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, NULL) == 0;
}

// Has a signal end the process again, if it was noted.
static inline void cmpi_leave_notice(int number) {
  struct sigaction action;
  if (sigaction(number, NULL, &action) == 0 && action.sa_handler == cmpi_note) signal(number, SIG_DFL);
}

// Memory for handlers on this thread, so that one can run when its stack is full; NULL if it has some, or there is none.
static inline void *cmpi_give_signal_stack(void) {
  stack_t stack;
  if (sigaltstack(NULL, &stack) != 0 || !(stack.ss_flags & SS_DISABLE)) return NULL;
  stack.ss_size = 65536;
  stack.ss_flags = 0;
  stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (stack.ss_sp == MAP_FAILED) return NULL;
  if (sigaltstack(&stack, NULL) == 0) return stack.ss_sp;
  munmap(stack.ss_sp, stack.ss_size);
  return NULL;
}

static inline void cmpi_take_signal_stack(void *memory) {
  if (memory == NULL) return;
  stack_t stack;
  memset(&stack, 0, sizeof stack);
  stack.ss_size = 65536;
  stack.ss_flags = SS_DISABLE;
  if (sigaltstack(&stack, NULL) == 0) munmap(memory, 65536);
}

#endif
