#ifndef MARTLET_CMICROHTTPD_SHIM_H
#define MARTLET_CMICROHTTPD_SHIM_H

#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <microhttpd.h>

/* Swift cannot call variadic functions: these fix their arguments. */

typedef void *(*martlet_uri_callback) (void *cls, const char *uri, struct MHD_Connection *connection);
typedef size_t (*martlet_unescape_callback) (void *cls, struct MHD_Connection *connection, char *text);

/* What libmicrohttpd says first while a daemon starts; later it could speak of requests, and is not listened to. */
struct martlet_start_log
{
  int is_closed;
  char text[256];
};

static inline void
martlet_start_log_write (void *cls, const char *format, va_list arguments)
{
  struct martlet_start_log *log = (struct martlet_start_log *) cls;
  if (__atomic_exchange_n (&log->is_closed, 1, __ATOMIC_RELAXED))
    return;
  vsnprintf (log->text, sizeof (log->text), format, arguments);
}

static inline void
martlet_start_log_close (struct martlet_start_log *log)
{
  __atomic_store_n (&log->is_closed, 1, __ATOMIC_RELAXED);
}

static inline const char *
martlet_start_log_text (const struct martlet_start_log *log)
{
  return log->text;
}

static inline struct MHD_Daemon *
martlet_MHD_start_daemon (unsigned int flags, void *cls, struct martlet_start_log *log,
                          martlet_uri_callback request_begins,
                          MHD_AccessHandlerCallback access,
                          MHD_RequestCompletedCallback request_ends,
                          MHD_NotifyConnectionCallback connection_changes,
                          martlet_unescape_callback unescape,
                          struct MHD_OptionItem *options)
{
  return MHD_start_daemon (flags, 0, NULL, NULL, access, cls,
                           MHD_OPTION_EXTERNAL_LOGGER, martlet_start_log_write, log,
                           MHD_OPTION_URI_LOG_CALLBACK, request_begins, cls,
                           MHD_OPTION_NOTIFY_COMPLETED, request_ends, cls,
                           MHD_OPTION_NOTIFY_CONNECTION, connection_changes, cls,
                           MHD_OPTION_UNESCAPE_CALLBACK, unescape, cls,
                           MHD_OPTION_ARRAY, options,
                           MHD_OPTION_END);
}

/* Declared by the C library only where its extensions are asked for before its first header. */
extern int accept4 (int descriptor, struct sockaddr *address, socklen_t *length, int flags);

/* Accepts one connection. -1 with errno if there is none. */
static inline int
martlet_accept (int listening, struct sockaddr_storage *address, socklen_t *length)
{
  *length = sizeof (*address);
  return accept4 (listening, (struct sockaddr *) address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* Hands a connection to the daemon, which closes it if it refuses it; whether it took it. */
static inline int
martlet_MHD_add (struct MHD_Daemon *daemon, int descriptor, const struct sockaddr_storage *address, socklen_t length)
{
  return MHD_add_connection (daemon, descriptor, (const struct sockaddr *) address, length) == MHD_YES;
}

/* A counter to wake a thread by; -1 with errno if there can be none. */
static inline int
martlet_eventfd (void)
{
  return eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/* The descriptor to wait on for a daemon without threads; -1 if it has none. */
static inline int
martlet_MHD_epoll (struct MHD_Daemon *daemon)
{
  const union MHD_DaemonInfo *info = MHD_get_daemon_info (daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info == NULL ? -1 : info->epoll_fd;
}

static inline int
martlet_MHD_socket (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == NULL ? -1 : info->connect_fd;
}

/* Bytes of the request's header, from its method to its end; 0 if it is not told. */
static inline size_t
martlet_MHD_header_size (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info == NULL ? 0 : info->header_size;
}

static inline const struct sockaddr *
martlet_MHD_client_address (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info == NULL ? NULL : info->client_addr;
}

static inline void *
martlet_MHD_socket_context (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info == NULL ? NULL : info->socket_context;
}

/* Casts in macros are not imported either. */
static const uint64_t martlet_MHD_size_unknown = MHD_SIZE_UNKNOWN;
static const ssize_t martlet_MHD_end_of_stream = MHD_CONTENT_READER_END_OF_STREAM;
static const ssize_t martlet_MHD_end_with_error = MHD_CONTENT_READER_END_WITH_ERROR;

#endif
