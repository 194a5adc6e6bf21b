#pragma once
// Doors to what Swift cannot import from glibc: what hides behind _GNU_SOURCE, macros, and variadic functions.
// _GNU_SOURCE itself is not defined here: it would change types that the Glibc module has already.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <sys/random.h>

extern int pipe2(int descriptors[2], int flags);
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(unsigned long thread, const char *name);
extern int memfd_create(const char *name, unsigned flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

extern ssize_t preadv2(int descriptor, const struct iovec *parts, int count, off_t offset, int flags);

// pread(2) of what is in the page cache; EAGAIN if that is not enough to begin with. 8 is RWF_NOWAIT (linux/fs.h).
static inline ssize_t penstock_read_cached(int descriptor, void *bytes, size_t count, off_t offset) {
    struct iovec part = {bytes, count};
    return preadv2(descriptor, &part, 1, offset, 8);
}

static inline int penstock_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
// 1031 is F_SETPIPE_SZ, 1032 is F_GETPIPE_SZ (fcntl.h of glibc, only with _GNU_SOURCE).
static inline int penstock_set_pipe_size(int descriptor, int bytes) { return fcntl(descriptor, 1031, bytes); }
static inline int penstock_get_pipe_size(int descriptor) { return fcntl(descriptor, 1032, 0); }
static inline int penstock_readable_bytes(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == -1 ? 0 : count;
}
static inline int penstock_pipe_cloexec(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }
static inline int penstock_accept_cloexec(int socket) {
    return accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
static inline int penstock_memfd(const char *name) { return memfd_create(name, 1u /* MFD_CLOEXEC */); }
static inline int penstock_exited(int status) { return WIFEXITED(status); }
static inline int penstock_exit_status(int status) { return WEXITSTATUS(status); }
static inline int penstock_signaled(int status) { return WIFSIGNALED(status); }
static inline int penstock_signal(int status) { return WTERMSIG(status); }

// What a process ignores is inherited by the programs it becomes: `nohup` ignores SIGHUP, some supervisors SIGCHLD.
static inline int penstock_is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static inline int penstock_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
static inline int penstock_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL, 0);
    return flags == -1 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

// Polls `descriptor` (for reading: 1, for writing: 2, for either: 3; if negative, not at all) and `other` (for reading).
// Answers a sum of 1: the descriptor is ready or broken, 2: the other one is; 0 when the time is over.
static inline int penstock_poll(int descriptor, int readiness, int other, int milliseconds) {
    short events = (short)((readiness & 1 ? POLLIN : 0) | (readiness & 2 ? POLLOUT : 0));
    struct pollfd set[2] = {{descriptor, events, 0}, {other, POLLIN, 0}};
    int count = poll(set, 2, milliseconds);
    return count <= 0 ? count : (set[0].revents != 0) + 2 * (set[1].revents != 0);
}

// write(2) that answers EPIPE without the SIGPIPE, whatever the process has decided about that signal.
static inline ssize_t penstock_write_quietly(int descriptor, const void *bytes, size_t count) {
    sigset_t broken, before, pending;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    ssize_t written = write(descriptor, bytes, count);
    int error = errno;
    if (written == -1 && error == EPIPE && !sigismember(&pending, SIGPIPE)) {
        struct timespec now = {0, 0};
        while (sigtimedwait(&broken, NULL, &now) == -1 && errno == EINTR) continue;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return written;
}

// Waits for the end of a child and leaves it unreaped, so that its number, and its group's, cannot be given away yet.
// `status` is the exit status, or the signal if `signalled` is not 0.
static inline int penstock_await_end(pid_t child, int *status, int *signalled) {
    siginfo_t information;
    if (waitid(P_PID, (id_t)child, &information, WEXITED | WNOWAIT) == -1) return -1;
    *status = information.si_status;
    *signalled = information.si_code != CLD_EXITED;
    return 0;
}

static inline ssize_t penstock_random(void *buffer, size_t size) { return getrandom(buffer, size, 0); }
