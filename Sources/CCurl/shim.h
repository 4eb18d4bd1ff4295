#ifndef MARTLET_CCURL_SHIM_H
#define MARTLET_CCURL_SHIM_H

/* The options are given by variables below, which the compiler's check of types cannot follow. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/* Swift cannot call variadic functions: these fix their arguments. */

static inline CURLcode
martlet_curl_set_long (CURL *easy, CURLoption option, long value)
{
  return curl_easy_setopt (easy, option, value);
}

static inline CURLcode
martlet_curl_set_size (CURL *easy, CURLoption option, curl_off_t value)
{
  return curl_easy_setopt (easy, option, value);
}

/* libcurl copies the text. */
static inline CURLcode
martlet_curl_set_text (CURL *easy, CURLoption option, const char *value)
{
  return curl_easy_setopt (easy, option, value);
}

/* libcurl keeps the pointer. */
static inline CURLcode
martlet_curl_set_pointer (CURL *easy, CURLoption option, void *value)
{
  return curl_easy_setopt (easy, option, value);
}

static inline CURLcode
martlet_curl_set_list (CURL *easy, CURLoption option, struct curl_slist *value)
{
  return curl_easy_setopt (easy, option, value);
}

/* Of CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION and CURLOPT_READFUNCTION. */
typedef size_t (*martlet_curl_data_callback) (char *data, size_t size, size_t count, void *context);

static inline CURLcode
martlet_curl_set_data_function (CURL *easy, CURLoption option, martlet_curl_data_callback value)
{
  return curl_easy_setopt (easy, option, value);
}

static inline CURLcode
martlet_curl_set_seek_function (CURL *easy, int (*value) (void *context, curl_off_t offset, int origin))
{
  return curl_easy_setopt (easy, CURLOPT_SEEKFUNCTION, value);
}

static inline CURLcode
martlet_curl_set_socket_function (CURL *easy,
                                  curl_socket_t (*value) (void *context, curlsocktype purpose,
                                                          struct curl_sockaddr *address))
{
  return curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, value);
}

static inline CURLcode
martlet_curl_set_progress_function (CURL *easy,
                                    int (*value) (void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t))
{
  return curl_easy_setopt (easy, CURLOPT_XFERINFOFUNCTION, value);
}

static inline CURLcode
martlet_curl_get_long (CURL *easy, CURLINFO info, long *value)
{
  return curl_easy_getinfo (easy, info, value);
}

static inline CURLMcode
martlet_curl_set_multi_long (CURLM *multi, CURLMoption option, long value)
{
  return curl_multi_setopt (multi, option, value);
}

/* Names that are members of enumerations in some versions of libcurl and macros in others. */
static const long martlet_curl_http_1_1 = CURL_HTTP_VERSION_1_1;
static const long martlet_curl_tls_1_2 = CURL_SSLVERSION_TLSv1_2;
static const long martlet_curl_netrc_ignored = CURL_NETRC_IGNORED;
static const long martlet_curl_starttls_never = CURLUSESSL_NONE;
static const long martlet_curl_starttls_always = CURLUSESSL_ALL;

/* A macro that names another name is not imported. */
static inline int
martlet_curl_can_decode_zstd (void)
{
  const curl_version_info_data *information = curl_version_info (CURLVERSION_NOW);
  return information != NULL && (information->features & CURL_VERSION_ZSTD) != 0;
}

#endif
