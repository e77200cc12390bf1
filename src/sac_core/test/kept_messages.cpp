// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// Put before the middleware with LD_PRELOAD, keeps each message as a listener that was killed does.
//
// GATE is 'IN OUT', two file descriptors, set once it shall begin: it says K on OUT, and lets the
// message go when a byte comes from IN, or says T where none comes in 5 s.

#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <initializer_list>

using Publish = int (*)(const void *, const void *, void *);

static void keep()
{
    const char * gate = getenv("GATE");
    int in, out;
    if (!gate || sscanf(gate, "%d %d", &in, &out) != 2) {
        return;
    }
    char byte;
    pollfd waiting = {in, POLLIN, 0};
    bool told = write(out, "K", 1) == 1;
    bool let_go = poll(&waiting, 1, 5000) == 1 && read(in, &byte, 1) == 1;
    if (!told || (!let_go && write(out, "T", 1) != 1)) {
        abort();
    }
}

// The middleware that rcl was linked with; it is not in the scope in which RTLD_NEXT looks.
static void * real(const char * name)
{
    for (const char * library : {"librmw_implementation.so", "librmw_fastrtps_cpp.so"}) {
        if (void * handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD)) {
            return dlsym(handle, name);
        }
    }
    abort();
}

static int keep_and_publish(
    const char * name, const void * publisher, const void * message, void * allocation)
{
    keep();
    return reinterpret_cast<Publish>(real(name))(publisher, message, allocation);
}

extern "C" int rmw_publish(const void * publisher, const void * message, void * allocation)
{
    return keep_and_publish("rmw_publish", publisher, message, allocation);
}

extern "C" int rmw_publish_serialized_message(
    const void * publisher, const void * message, void * allocation)
{
    return keep_and_publish("rmw_publish_serialized_message", publisher, message, allocation);
}
