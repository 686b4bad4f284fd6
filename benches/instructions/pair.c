/* The C version of main.rs: `pair WAY SIZE COUNT`. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define CHECK(call) do { if ((call) < 0) { perror (#call); exit (1); } } while (0)

/* Reads the bytes, as every receiver does, and returns their number. */
static inline size_t read_message (zmq_msg_t *message)
{
    const char *volatile bytes = zmq_msg_data (message);
    (void) bytes;
    return zmq_msg_size (message);
}

/* Fills the gaps in the heap that messages could fit in, so that earlier allocations do not affect the measurement.
   Above 1032 bytes, the time of glibc's allocator depends on the free gaps. */
static void fill_gaps (size_t size)
{
    for (int i = 0; i < 1000; i++) {
        char *volatile gap = malloc (size + 48);
        (void) gap;
    }
}

int main (int argc, char **argv)
{
    if (argc != 4)
        return 2;
    const char *way = argv[1];
    const size_t size = strtoul (argv[2], NULL, 10);
    const size_t count = strtoul (argv[3], NULL, 10);

    void *context = zmq_ctx_new ();
    void *from = zmq_socket (context, ZMQ_PAIR);
    void *to = zmq_socket (context, ZMQ_PAIR);
    CHECK (zmq_bind (to, "inproc://pair"));
    CHECK (zmq_connect (from, "inproc://pair"));
    char *bytes = calloc (size, 1);
    fill_gaps (size);
    size_t received = 0;

    if (strcmp (way, "reused") == 0) {
        zmq_msg_t message;
        zmq_msg_init (&message);
        for (size_t i = 0; i < count; i++) {
            CHECK (zmq_send (from, bytes, size, 0));
            CHECK (zmq_msg_recv (&message, to, 0));
            received += read_message (&message);
        }
        zmq_msg_close (&message);
    } else if (strcmp (way, "new") == 0) {
        for (size_t i = 0; i < count; i++) {
            CHECK (zmq_send (from, bytes, size, 0));
            zmq_msg_t message;
            zmq_msg_init (&message);
            CHECK (zmq_msg_recv (&message, to, 0));
            received += read_message (&message);
            zmq_msg_close (&message);
        }
    } else if (strcmp (way, "copied") == 0) {
        for (size_t i = 0; i < count; i++) {
            CHECK (zmq_send (from, bytes, size, 0));
            zmq_msg_t message;
            zmq_msg_init (&message);
            CHECK (zmq_msg_recv (&message, to, 0));
            const size_t length = zmq_msg_size (&message);
            char *volatile copy = malloc (length);
            memcpy (copy, zmq_msg_data (&message), length);
            zmq_msg_close (&message);
            received += length;
            free (copy);
        }
    } else if (strcmp (way, "constant") == 0) {
        zmq_msg_t message;
        zmq_msg_init (&message);
        for (size_t i = 0; i < count; i++) {
            CHECK (zmq_send_const (from, bytes, size, 0));
            CHECK (zmq_msg_recv (&message, to, 0));
            received += read_message (&message);
        }
        zmq_msg_close (&message);
    } else
        return 2;

    if (received != size * count)
        return 1;
    zmq_close (from);
    zmq_close (to);
    zmq_ctx_term (context);
    free (bytes);
    return 0;
}
