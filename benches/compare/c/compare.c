/* The workloads in C: `compare WORKLOAD SIZE COUNT` prints the result of one. Without arguments, it prints the version
   of libzmq and the names of the workloads. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define CHECK(call) check ((call) >= 0, #call)

static void check (int fine, const char *what)
{
    if (!fine) {
        perror (what);
        exit (1);
    }
}

static double now (void)
{
    struct timespec time;
    clock_gettime (CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static const char *const TCP = "tcp://127.0.0.1:*";
static const char *const INPROC = "inproc://compare";

/* The high-water mark: the default, or none. */
enum room { LIMITED, UNLIMITED };

/* Two sockets, and the messages sent from one to the other. */
struct job
{
    void *context, *from, *to;
    char *bytes;
    size_t size, count;
    zmq_msg_t message;
};

static void *open_socket (void *context, int type)
{
    void *socket = zmq_socket (context, type);
    check (socket != NULL, "zmq_socket");
    return socket;
}

static void bind_to (void *socket, const char *endpoint, char *resolved)
{
    size_t length = 256;
    CHECK (zmq_bind (socket, endpoint));
    CHECK (zmq_getsockopt (socket, ZMQ_LAST_ENDPOINT, resolved, &length));
}

static struct job open_job (int from, int to, const char *endpoint, size_t size, size_t count,
                            enum room room)
{
    struct job job = {.context = zmq_ctx_new (), .bytes = calloc (size, 1), .size = size, .count = count};
    char resolved[256];
    job.from = open_socket (job.context, from);
    job.to = open_socket (job.context, to);
    if (room == UNLIMITED) {
        const int none = 0;
        CHECK (zmq_setsockopt (job.from, ZMQ_SNDHWM, &none, sizeof none));
        CHECK (zmq_setsockopt (job.to, ZMQ_RCVHWM, &none, sizeof none));
    }
    bind_to (job.to, endpoint, resolved);
    CHECK (zmq_connect (job.from, resolved));
    zmq_msg_init (&job.message);
    return job;
}

static double close_job (struct job *job, double measured)
{
    zmq_msg_close (&job->message);
    zmq_close (job->from);
    zmq_close (job->to);
    zmq_ctx_term (job->context);
    free (job->bytes);
    return measured;
}

static void transmit (struct job *job)
{
    CHECK (zmq_send (job->from, job->bytes, job->size, 0));
}

static size_t receive (void *socket, zmq_msg_t *message, int flags)
{
    CHECK (zmq_msg_recv (message, socket, flags));
    const char *volatile bytes = zmq_msg_data (message);
    (void) bytes;
    return zmq_msg_size (message);
}

static pthread_t start (void *(*body) (void *), void *argument)
{
    pthread_t thread;
    check (pthread_create (&thread, NULL, body, argument) == 0, "pthread_create");
    return thread;
}

static void *transmit_all (void *argument)
{
    struct job *job = argument;
    for (size_t i = 0; i <= job->count; i++)
        transmit (job);
    return NULL;
}

static double push_pull (const char *endpoint, size_t size, size_t count)
{
    struct job job = open_job (ZMQ_PUSH, ZMQ_PULL, endpoint, size, count, LIMITED);
    pthread_t sending = start (transmit_all, &job);
    receive (job.to, &job.message, 0);
    const double begin = now ();
    for (size_t i = 0; i < count; i++)
        receive (job.to, &job.message, 0);
    const double seconds = now () - begin;
    pthread_join (sending, NULL);
    return close_job (&job, seconds);
}

static void answer (void *server)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    receive (server, &message, 0);
    CHECK (zmq_msg_send (&message, server, 0));
}

static void *answer_all (void *argument)
{
    struct job *job = argument;
    for (size_t i = 0; i <= job->count; i++)
        answer (job->to);
    return NULL;
}

static double request_reply (const char *endpoint, size_t size, size_t count)
{
    struct job job = open_job (ZMQ_REQ, ZMQ_REP, endpoint, size, count, LIMITED);
    pthread_t answering = start (answer_all, &job);
    double begin = 0;
    for (size_t i = 0; i <= count; i++) {
        if (i == 1)
            begin = now ();
        transmit (&job);
        receive (job.from, &job.message, 0);
    }
    const double seconds = now () - begin;
    pthread_join (answering, NULL);
    return close_job (&job, seconds);
}

static double throughput_inproc (size_t size, size_t count) { return push_pull (INPROC, size, count); }
static double throughput_tcp (size_t size, size_t count) { return push_pull (TCP, size, count); }
static double latency_inproc (size_t size, size_t count) { return request_reply (INPROC, size, count); }
static double latency_tcp (size_t size, size_t count) { return request_reply (TCP, size, count); }

struct subscriber
{
    void *socket;
    size_t count;
    int *ready;
};

static void *receive_all (void *argument)
{
    struct subscriber *subscriber = argument;
    zmq_msg_t message;
    zmq_msg_init (&message);
    receive (subscriber->socket, &message, 0);
    __atomic_add_fetch (subscriber->ready, 1, __ATOMIC_RELEASE);
    for (size_t received = 0; received < subscriber->count;)
        received += receive (subscriber->socket, &message, 0) > 0;
    zmq_msg_close (&message);
    zmq_close (subscriber->socket);
    return NULL;
}

/* Empty messages show whether the subscriptions have arrived. */
static double fan_out (size_t subscribers, size_t size, size_t count)
{
    void *context = zmq_ctx_new ();
    void *publisher = open_socket (context, ZMQ_PUB);
    const int none = 0;
    char endpoint[256], *bytes = calloc (size, 1);
    struct subscriber all[10];
    pthread_t threads[10];
    int ready = 0;
    CHECK (zmq_setsockopt (publisher, ZMQ_SNDHWM, &none, sizeof none));
    bind_to (publisher, TCP, endpoint);
    for (size_t i = 0; i < subscribers; i++) {
        void *socket = open_socket (context, ZMQ_SUB);
        CHECK (zmq_setsockopt (socket, ZMQ_RCVHWM, &none, sizeof none));
        CHECK (zmq_setsockopt (socket, ZMQ_SUBSCRIBE, "", 0));
        CHECK (zmq_connect (socket, endpoint));
        all[i] = (struct subscriber){socket, count, &ready};
        threads[i] = start (receive_all, &all[i]);
    }
    while (__atomic_load_n (&ready, __ATOMIC_ACQUIRE) < (int) subscribers) {
        CHECK (zmq_send (publisher, "", 0, 0));
        sched_yield ();
    }
    const double begin = now ();
    for (size_t i = 0; i < count; i++)
        CHECK (zmq_send (publisher, bytes, size, 0));
    for (size_t i = 0; i < subscribers; i++)
        pthread_join (threads[i], NULL);
    const double seconds = now () - begin;
    zmq_close (publisher);
    zmq_ctx_term (context);
    free (bytes);
    return seconds;
}

static double fan_out_1 (size_t size, size_t count) { return fan_out (1, size, count); }
static double fan_out_10 (size_t size, size_t count) { return fan_out (10, size, count); }

/* Does the work of two tasks on one thread: sends until the queue is full, and receives until it is empty. */
static double in_turns (size_t size, size_t count)
{
    struct job job = open_job (ZMQ_PUSH, ZMQ_PULL, INPROC, size, count, LIMITED);
    const double begin = now ();
    for (size_t sent = 0, received = 0; received < count;) {
        while (sent < count && zmq_send (job.from, job.bytes, size, ZMQ_DONTWAIT) >= 0)
            sent++;
        while (received < count && zmq_msg_recv (&job.message, job.to, ZMQ_DONTWAIT) >= 0)
            received++;
    }
    return close_job (&job, now () - begin);
}

static double in_turns_round_trip (size_t size, size_t count)
{
    struct job job = open_job (ZMQ_REQ, ZMQ_REP, INPROC, size, count, LIMITED);
    const double begin = now ();
    for (size_t i = 0; i < count; i++) {
        transmit (&job);
        answer (job.to);
        receive (job.from, &job.message, 0);
    }
    return close_job (&job, now () - begin);
}

static void keep (void *bytes, void *hint)
{
    (void) bytes;
    (void) hint;
}

static double inproc_copied (size_t size, size_t count)
{
    struct job job = open_job (ZMQ_PAIR, ZMQ_PAIR, INPROC, size, count, UNLIMITED);
    const double begin = now ();
    for (size_t i = 0; i < count; i++) {
        transmit (&job);
        receive (job.to, &job.message, 0);
    }
    return close_job (&job, now () - begin);
}

static double inproc_shared (size_t size, size_t count)
{
    struct job job = open_job (ZMQ_PAIR, ZMQ_PAIR, INPROC, size, count, UNLIMITED);
    const double begin = now ();
    for (size_t i = 0; i < count; i++) {
        zmq_msg_t message;
        CHECK (zmq_msg_init_data (&message, job.bytes, size, keep, NULL));
        CHECK (zmq_msg_send (&message, job.from, 0));
        receive (job.to, &job.message, 0);
    }
    return close_job (&job, now () - begin);
}

static double poller (size_t size, size_t count)
{
    void *context = zmq_ctx_new ();
    CHECK (zmq_ctx_set (context, ZMQ_MAX_SOCKETS, size + 1));
    zmq_pollitem_t *items = calloc (size, sizeof *items);
    char endpoint[64];
    for (size_t i = 0; i < size; i++) {
        items[i] = (zmq_pollitem_t){.socket = open_socket (context, ZMQ_PULL), .events = ZMQ_POLLIN};
        snprintf (endpoint, sizeof endpoint, "%s-%zu", INPROC, i);
        CHECK (zmq_bind (items[i].socket, endpoint));
    }
    void *source = open_socket (context, ZMQ_PUSH);
    snprintf (endpoint, sizeof endpoint, "%s-%zu", INPROC, size / 2);
    CHECK (zmq_connect (source, endpoint));
    CHECK (zmq_send (source, "message", 7, 0));
    const double begin = now ();
    for (size_t i = 0; i < count; i++)
        check (zmq_poll (items, size, 10000) == 1, "zmq_poll");
    const double seconds = now () - begin;
    for (size_t i = 0; i < size; i++)
        zmq_close (items[i].socket);
    zmq_close (source);
    zmq_ctx_term (context);
    free (items);
    return seconds;
}

static double create_context (size_t size, size_t count)
{
    (void) size;
    const double begin = now ();
    for (size_t i = 0; i < count; i++) {
        void *context = zmq_ctx_new ();
        zmq_close (open_socket (context, ZMQ_DEALER));
        zmq_ctx_term (context);
    }
    return now () - begin;
}

static double resident (void)
{
    long pages = 0;
    FILE *file = fopen ("/proc/self/statm", "r");
    check (file != NULL && fscanf (file, "%*d %ld", &pages) == 1, "/proc/self/statm");
    fclose (file);
    return (double) pages * sysconf (_SC_PAGESIZE);
}

/* Opens sockets in a context whose threads are already running. `measure` returns the time or the memory. */
static double open_sockets (size_t count, double (*measure) (void))
{
    void *context = zmq_ctx_new ();
    CHECK (zmq_ctx_set (context, ZMQ_MAX_SOCKETS, count + 1));
    void **sockets = calloc (count + 1, sizeof *sockets);
    sockets[count] = open_socket (context, ZMQ_DEALER);
    const double before = measure ();
    for (size_t i = 0; i < count; i++)
        sockets[i] = open_socket (context, ZMQ_DEALER);
    const double measured = measure () - before;
    for (size_t i = 0; i <= count; i++)
        zmq_close (sockets[i]);
    zmq_ctx_term (context);
    free (sockets);
    return measured;
}

static double create_socket (size_t size, size_t count)
{
    (void) size;
    return open_sockets (count, now);
}

static double memory_socket (size_t size, size_t count)
{
    (void) count;
    return open_sockets (size, resident) / size;
}

static double small_send (size_t size, size_t count)
{
    struct job job = open_job (ZMQ_PAIR, ZMQ_PAIR, INPROC, size, count, UNLIMITED);
    const double begin = now ();
    for (size_t i = 0; i < count; i++)
        transmit (&job);
    return close_job (&job, now () - begin);
}

static double small_receive (size_t size, size_t count)
{
    struct job job = open_job (ZMQ_PAIR, ZMQ_PAIR, INPROC, size, count, UNLIMITED);
    for (size_t i = 0; i < count; i++)
        transmit (&job);
    const double begin = now ();
    for (size_t i = 0; i < count; i++)
        receive (job.to, &job.message, 0);
    return close_job (&job, now () - begin);
}

static const struct
{
    const char *name;
    double (*run) (size_t size, size_t count);
} WORKLOADS[] = {
    {"throughput-inproc", throughput_inproc},
    {"throughput-tcp", throughput_tcp},
    {"latency-inproc", latency_inproc},
    {"latency-tcp", latency_tcp},
    {"fan-out-1", fan_out_1},
    {"fan-out-10", fan_out_10},
    {"tasks-inproc", in_turns},
    {"tasks-inproc-round-trip", in_turns_round_trip},
    {"inproc-copied", inproc_copied},
    {"inproc-shared", inproc_shared},
    {"poller", poller},
    {"create-context", create_context},
    {"create-socket", create_socket},
    {"small-send", small_send},
    {"small-receive", small_receive},
    {"memory-socket", memory_socket},
};

int main (int argc, char **argv)
{
    const size_t workloads = sizeof WORKLOADS / sizeof *WORKLOADS;
    if (argc != 4) {
        int major, minor, patch;
        zmq_version (&major, &minor, &patch);
        printf ("libzmq %d.%d.%d\n", major, minor, patch);
        for (size_t i = 0; i < workloads; i++)
            puts (WORKLOADS[i].name);
        return 0;
    }
    for (size_t i = 0; i < workloads; i++)
        if (strcmp (WORKLOADS[i].name, argv[1]) == 0) {
            printf ("%.9f\n", WORKLOADS[i].run (strtoul (argv[2], NULL, 10), strtoul (argv[3], NULL, 10)));
            return 0;
        }
    fprintf (stderr, "%s: no such workload\n", argv[1]);
    return 1;
}
