/* The yardstick of the benchmarks: what moving bytes costs when nothing else is done with them.
 *
 *   raw-pipe produce BYTES         writes bytes that do not compress to standard output, a pipe, at next to no cost
 *   raw-pipe check BYTES           reads standard input and fails unless it is what `produce BYTES` writes
 *   raw-pipe sink                  listens on loopback, prints its port, receives into a buffer and forgets
 *   raw-pipe send PORT SOCKETS     standard input to the sink: blocks of 8 MiB over so many sockets at once
 *
 * `send` is the plain loop: no HTTP, no digest, no retry. Like any client that may have to send a block again, it has
 * read a block whole before it sends it. See docs/development/performance.md.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    BLOCK = 8 << 20,
    RECEIVED_AT_ONCE = 256 << 10,  /* as much as the embedded server receives at once */
    PIPE = 1 << 20,
    /* A number of pages that has no divisor in common with a block's: all blocks up to 8 GiB differ. */
    PATTERN = 1021 * 4096,
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "raw-pipe: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *memory(size_t size) {
    void *found = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (found == MAP_FAILED) fail("mmap");
    return found;
}

/* A positive whole number up to `limit`. */
static long long number(const char *text, long long limit) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end || end == text || value < 1 || value > limit) {
        fprintf(stderr, "raw-pipe: not a number from 1 to %lld: %s\n", limit, text);
        exit(2);
    }
    return value;
}

/* Reads until `size` bytes are there or the input ends. */
static size_t fill(unsigned char *buffer, size_t size) {
    size_t filled = 0;
    while (filled < size) {
        ssize_t count = read(0, buffer + filled, size - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail("read");
        if (count == 0) break;
        filled += (size_t)count;
    }
    return filled;
}

/* The bytes that are repeated: xorshift64*, which no compressor makes smaller. */
static unsigned char *pattern(void) {
    uint64_t *words = memory(PATTERN), state = 0x9E3779B97F4A7C15u;
    for (size_t index = 0; index < PATTERN / sizeof *words; index++) {
        state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
        words[index] = state * 0x2545F4914F6CDD1Du;
    }
    return (unsigned char *)words;
}

/* --- producing and checking ------------------------------------------------------------------------------------- */

/* Lends the pipe its pages instead of copying them: they are never written again. */
static int produce(long long size) {
    unsigned char *bytes = pattern();
    if (fcntl(1, F_SETPIPE_SZ, PIPE) < 0) fail("F_SETPIPE_SZ");
    for (long long sent = 0; sent < size;) {
        size_t start = (size_t)(sent % PATTERN), length = PATTERN - start;
        if ((long long)length > size - sent) length = (size_t)(size - sent);
        struct iovec run = {bytes + start, length};
        ssize_t count = vmsplice(1, &run, 1, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail("vmsplice");
        sent += count;
    }
    return 0;
}

static int check(long long size) {
    unsigned char *bytes = pattern(), *found = memory(PATTERN);
    long long seen = 0;
    for (size_t count; (count = fill(found, PATTERN)) > 0; seen += (long long)count) {
        if (memcmp(found, bytes, count) != 0) {
            fprintf(stderr, "raw-pipe: the bytes from %lld on are not those that were produced\n", seen);
            return 1;
        }
    }
    if (seen == size) return 0;
    fprintf(stderr, "raw-pipe: %lld bytes came instead of %lld\n", seen, size);
    return 1;
}

/* --- receiving -------------------------------------------------------------------------------------------------- */

static void *receive(void *argument) {
    int connection = (int)(intptr_t)argument;
    unsigned char *buffer = malloc(RECEIVED_AT_ONCE);
    if (!buffer) fail("malloc");
    for (ssize_t count; (count = recv(connection, buffer, RECEIVED_AT_ONCE, 0)) != 0;) {
        if (count < 0 && errno != EINTR) fail("recv");
    }
    free(buffer);
    close(connection);
    return NULL;
}

static int sink(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 256) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) < 0) fail("listening on loopback");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) fail("accept");
        pthread_t thread;
        if ((errno = pthread_create(&thread, NULL, receive, (void *)(intptr_t)connection))) fail("pthread_create");
        pthread_detach(thread);
    }
}

/* --- sending ---------------------------------------------------------------------------------------------------- */

static pthread_mutex_t input = PTHREAD_MUTEX_INITIALIZER;

static int connected(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int connection = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    if (setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) < 0) fail("TCP_NODELAY");
    return connection;
}

/* One socket's loop: whoever has the lock reads the next block, then sends it without the lock. */
static void *carry(void *argument) {
    int connection = connected((int)(intptr_t)argument);
    unsigned char *block = memory(BLOCK);
    for (;;) {
        pthread_mutex_lock(&input);
        size_t size = fill(block, BLOCK);
        pthread_mutex_unlock(&input);
        if (size == 0) break;
        for (size_t sent = 0; sent < size;) {
            ssize_t count = send(connection, block + sent, size - sent, 0);
            if (count < 0 && errno != EINTR) fail("send");
            if (count > 0) sent += (size_t)count;
        }
    }
    /* The sink closes once it has received everything. */
    char nothing;
    if (shutdown(connection, SHUT_WR) < 0 || recv(connection, &nothing, 1, 0) != 0) fail("waiting for the sink");
    close(connection);
    return NULL;
}

static int send_all(int port, int sockets) {
    pthread_t threads[256];
    fcntl(0, F_SETPIPE_SZ, PIPE);  /* input that is no pipe keeps what it has */
    for (int index = 0; index < sockets; index++) {
        if ((errno = pthread_create(&threads[index], NULL, carry, (void *)(intptr_t)port))) fail("pthread_create");
    }
    for (int index = 0; index < sockets; index++) pthread_join(threads[index], NULL);
    return 0;
}

int main(int count, char **words) {
    signal(SIGPIPE, SIG_IGN);
    const char *verb = count > 1 ? words[1] : "";
    if (count == 3 && !strcmp(verb, "produce")) return produce(number(words[2], INT64_MAX));
    if (count == 3 && !strcmp(verb, "check")) return check(number(words[2], INT64_MAX));
    if (count == 2 && !strcmp(verb, "sink")) return sink();
    if (count == 4 && !strcmp(verb, "send")) return send_all((int)number(words[2], 65535), (int)number(words[3], 256));
    fprintf(stderr, "usage: raw-pipe produce BYTES | check BYTES | sink | send PORT SOCKETS\n");
    return 2;
}
