#pragma once
#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

// MHD_start_daemon is variadic: this is the one way it is started. It does not listen. A few threads serve all
// connections, and those that wait for a handler are suspended. With a certificate and its key, both PEM, it speaks
// TLS 1.2 or newer.
static inline struct MHD_Daemon *penstock_mhd_start(
    void *context, MHD_AccessHandlerCallback handle,
    void *(*begin)(void *context, const char *target, struct MHD_Connection *connection),
    MHD_RequestCompletedCallback complete, MHD_NotifyConnectionCallback connection, unsigned threads, unsigned connections, unsigned idle_seconds, size_t connection_memory,
      const char *certificate, const char *key) {
  struct MHD_OptionItem security[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
      {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
      {MHD_OPTION_END, 0, NULL},
  };
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  return MHD_start_daemon(
      (certificate == NULL ? 0 : MHD_USE_TLS) |
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET,
      0, NULL, NULL, handle, context,
      MHD_OPTION_URI_LOG_CALLBACK, begin, context,
      MHD_OPTION_NOTIFY_COMPLETED, complete, context,
      MHD_OPTION_NOTIFY_CONNECTION, connection, context,
      MHD_OPTION_THREAD_POOL_SIZE, threads,
      MHD_OPTION_CONNECTION_LIMIT, connections,
      MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory,
      MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_ARRAY, certificate == NULL ? none : security,
      MHD_OPTION_END);
}

// Hands over a connection, which is closed if the library refuses it or the peer has gone already. False if nobody
// will be told of its end, because the library has never had it.
static inline int penstock_mhd_add(struct MHD_Daemon *daemon, int connection) {
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  if (getpeername(connection, (struct sockaddr *)&peer, &length) == 0)
    return MHD_add_connection(daemon, connection, (const struct sockaddr *)&peer, length) == MHD_YES;
  close(connection);
  return 0;
}

// The socket of the connection, or -1.
static inline int penstock_mhd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == NULL ? -1 : info->connect_fd;
}

// The address of the peer, or NULL.
static inline const struct sockaddr *penstock_mhd_peer(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info == NULL ? NULL : info->client_addr;
}
