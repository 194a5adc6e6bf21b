#pragma once
// Doors to what Swift cannot import from glibc: what hides behind _GNU_SOURCE, macros, and variadic functions.
// _GNU_SOURCE itself is not defined here: it would change types that the Glibc module has already.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern int pipe2(int descriptors[2], int flags);
extern int pthread_setname_np(unsigned long thread, const char *name);
extern int memfd_create(const char *name, unsigned flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

static inline int penstock_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
// 1031 is F_SETPIPE_SZ, 1032 is F_GETPIPE_SZ (fcntl.h of glibc, only with _GNU_SOURCE).
static inline int penstock_set_pipe_size(int descriptor, int bytes) { return fcntl(descriptor, 1031, bytes); }
static inline int penstock_get_pipe_size(int descriptor) { return fcntl(descriptor, 1032, 0); }
static inline int penstock_pipe_cloexec(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }
static inline int penstock_memfd(const char *name) { return memfd_create(name, 1u /* MFD_CLOEXEC */); }
static inline int penstock_exited(int status) { return WIFEXITED(status); }
static inline int penstock_exit_status(int status) { return WEXITSTATUS(status); }
static inline int penstock_signaled(int status) { return WIFSIGNALED(status); }
static inline int penstock_signal(int status) { return WTERMSIG(status); }
