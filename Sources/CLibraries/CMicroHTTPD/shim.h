#pragma once

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

/// The calls by which one daemon asks its owner; each gets `context` first.
struct cmicrohttpd_callbacks {
    MHD_AcceptPolicyCallback admit;
    MHD_NotifyConnectionCallback connection;
    /// Its result becomes the request's own context.
    void *(*_Nullable began)(void *context, const char *target, struct MHD_Connection *connection);
    MHD_AccessHandlerCallback proceed;
    MHD_RequestCompletedCallback completed;
};

/// MHD_start_daemon is variadic; `options` ends with MHD_OPTION_END. With a certificate and its key, both in PEM, it
/// speaks TLS 1.2 and 1.3.
static inline struct MHD_Daemon *cmicrohttpd_start(
    unsigned int flags, struct cmicrohttpd_callbacks calls, void *context, struct MHD_OptionItem *options,
    const char *_Nullable certificate, const char *_Nullable key
) {
    const char *versions = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)versions},
        {MHD_OPTION_END, 0, 0},
    };
    if (!certificate || !key) tls[0].option = MHD_OPTION_END;
    return MHD_start_daemon(
        flags, 0, calls.admit, context, calls.proceed, context,
        MHD_OPTION_NOTIFY_CONNECTION, calls.connection, context,
        MHD_OPTION_URI_LOG_CALLBACK, calls.began, context,
        MHD_OPTION_NOTIFY_COMPLETED, calls.completed, context,
        MHD_OPTION_ARRAY, tls, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/// Reads a certificate and its key, both in PEM: 0, or what GnuTLS, by which libmicrohttpd speaks TLS, says is wrong.
static inline int cmicrohttpd_read_credentials(
    const char *certificate, const char *key, gnutls_certificate_credentials_t _Nullable *credentials
) {
    gnutls_datum_t certificate_text = {(unsigned char *)certificate, (unsigned)strlen(certificate)};
    gnutls_datum_t key_text = {(unsigned char *)key, (unsigned)strlen(key)};
    int code = gnutls_certificate_allocate_credentials(credentials);
    if (code != GNUTLS_E_SUCCESS) return code;
    code = gnutls_certificate_set_x509_key_mem(*credentials, &certificate_text, &key_text, GNUTLS_X509_FMT_PEM);
    if (code >= 0) return 0;
    gnutls_certificate_free_credentials(*credentials);
    *credentials = NULL;
    return code;
}

/// MHD_get_connection_info is variadic, though no kind that is asked for here takes a further argument.
static inline const union MHD_ConnectionInfo *cmicrohttpd_connection_info(
    struct MHD_Connection *connection, enum MHD_ConnectionInfoType kind
) {
    return MHD_get_connection_info(connection, kind);
}

// Which module shows what is behind these to Swift depends on how the runtime is linked; C has it always.

static inline int cmicrohttpd_family(const struct sockaddr *address) { return address->sa_family; }

static inline int cmicrohttpd_stream_socket(int family) { return socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0); }
