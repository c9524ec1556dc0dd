#pragma once
#include <curl/curl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// libcurl's setters and getters are variadic, which Swift cannot call: one typed wrapper for each kind of argument.
static inline CURLcode bandit_curl_setopt_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode bandit_curl_setopt_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode bandit_curl_setopt_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode bandit_curl_setopt_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode bandit_curl_setopt_write(CURL *handle, curl_write_callback callback, void *context) {
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
    return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
}
static inline CURLcode bandit_curl_setopt_before_request(CURL *handle, curl_prereq_callback callback, void *context) {
    curl_easy_setopt(handle, CURLOPT_PREREQDATA, context);
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, callback);
}
static inline CURLcode bandit_curl_setopt_sockets(
    CURL *handle, curl_opensocket_callback open, curl_closesocket_callback close, void *context) {
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
    curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, context);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open);
    return curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, close);
}
static inline CURLcode bandit_curl_getinfo_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode bandit_curl_getinfo_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode bandit_curl_getinfo_string(CURL *handle, CURLINFO info, const char **value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode bandit_curl_getinfo_pointer(CURL *handle, CURLINFO info, void **value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode bandit_curl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode bandit_curl_multi_setopt_callbacks(
    CURLM *multi, curl_socket_callback socket, curl_multi_timer_callback timer, void *context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
}
static inline CURLSHcode bandit_curl_share_tls_sessions(CURLSH *share) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}
// The result is a member of a union that Swift imports under a name of its own making.
static inline CURLcode bandit_curl_message_result(const CURLMsg *message) { return message->data.result; }

// The engine's own waiting: epoll's event is a packed struct with a union, which reads badly from Swift.
static inline int bandit_epoll_control(int poll, int operation, int descriptor, unsigned int mask) {
    struct epoll_event event;
    event.events = mask;
    event.data.u64 = 0;
    event.data.fd = descriptor;
    return epoll_ctl(poll, operation, descriptor, &event);
}
static inline int bandit_epoll_descriptor(const struct epoll_event *event) { return event->data.fd; }
static inline unsigned int bandit_epoll_mask(const struct epoll_event *event) { return event->events; }

// A GNU extension, which Swift's Glibc module leaves out.
int pthread_setname_np(pthread_t thread, const char *name);
static inline void bandit_name_thread(pthread_t thread, const char *name) { pthread_setname_np(thread, name); }
