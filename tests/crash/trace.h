/* SPDX-License-Identifier: Apache-2.0
 *
 * trace.h - what the shim writes down and the harness reads: every change of a
 * file or folder in the order it was made, and between them what the store's
 * user was told.
 *
 * A trace is a file of entries, each a struct trace_entry, then the first name
 * and the second, then data. Both sides are the same build on one machine, so
 * the struct is written as it lies in memory.
 */
#ifndef VT_TESTS_CRASH_TRACE_H
#define VT_TESTS_CRASH_TRACE_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_NAME_MAX 255u

enum trace_kind {
    TRACE_MAKE_FILE = 1, /* name in folder is the new node */
    TRACE_MAKE_DIR,
    TRACE_WRITE,    /* data at number of node */
    TRACE_RESIZE,   /* node to number bytes */
    TRACE_SYNC,     /* node, a file or a folder */
    TRACE_SYNC_ALL, /* every file, every folder */
    TRACE_LINK,     /* name in folder is node, too */
    TRACE_UNLINK,   /* name in folder is gone */
    TRACE_RENAME,   /* name in folder is now second name in second folder */
    TRACE_BLIND,    /* the name says which call cannot be followed */
    TRACE_NOTE      /* the harness's own: data */
};

struct trace_entry {
    uint32_t kind;
    uint32_t data_len;
    uint16_t name_len, name2_len;
    uint32_t zero;
    uint64_t folder, folder2, node; /* inode numbers */
    uint64_t number;
};

/* What the store's user says, in the data of a TRACE_NOTE or on a pipe. */
enum note_kind {
    NOTE_OPENED = 1,      /* recovered; number: newest commit in the store */
    NOTE_TRY,             /* number: the commit about to be made */
    NOTE_DURABLE,         /* number: a synced commit that returned VT_OK */
    NOTE_CHECKPOINT_TRY,  /* number: newest commit, digest of the state */
    NOTE_CHECKPOINT_DONE, /* the same, after it returned VT_OK */
    NOTE_CHECKPOINT_GONE, /* nobody asks for it any more */
    NOTE_WRONG            /* text: what should not be */
};

#define NOTE_TEXT_MAX 400u

struct note {
    uint32_t kind;
    uint32_t zero;
    uint64_t number;
    uint8_t digest[32];
    char text[NOTE_TEXT_MAX]; /* NUL-terminated */
};

/* The shim's settings. trace_fd -1: nothing is written down. */
struct watch {
    const char *root; /* absolute, no links in it; all below is watched */
    int trace_fd;
    uint64_t kill_at;   /* die at this call, from 1; 0: never */
    uint32_t kill_part; /* so many KILL_PARTS of a write are done before */
};

#define KILL_PARTS 64u

/*
 * What the shim offers to the program it is loaded into, by dlsym of
 * "crash_shim". Until start() all calls go through unchanged.
 *
 * start   from now on calls are watched. Syncs are not passed on: the disk is
 *         simulated, so the real one need not be waited for.
 * note    data is written down behind all calls made before.
 * stop    no further call will end; the caller exits next. A store's own
 *         threads may be anywhere, so there is no way back.
 */
struct crash_shim {
    void (*start)(const struct watch *watch);
    void (*note)(const void *data, uint32_t len);
    void (*stop)(void);
};

#endif
