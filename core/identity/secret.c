/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.c - pages of their own, because locking and dump advice work on whole
 * pages and a shared one would be unlocked by its neighbour.
 */
#include "identity/secret.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t page_round(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (size + 1 + page - 1) / page * page;
}

struct vt_secret *vt_secret_new(size_t size)
{
    struct vt_secret *secret = vt_alloc(sizeof *secret);
    void *pages;

    if (secret == NULL) {
        return NULL;
    }
    pages = mmap(NULL, page_round(size), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        vt_free(secret);
        return NULL;
    }
    /* best effort: see the header */
    (void)mlock(pages, page_round(size));
    (void)madvise(pages, page_round(size), MADV_DONTDUMP);
    secret->bytes = pages;
    secret->len = size;
    secret->size = size;
    return secret;
}

void vt_secret_free(struct vt_secret *secret)
{
    if (secret == NULL) {
        return;
    }
    vt_wipe(secret->bytes, secret->size);
    (void)munmap(secret->bytes, page_round(secret->size));
    vt_free(secret);
}

struct vt_view vt_secret_view(const struct vt_secret *secret)
{
    return vt_view_of(secret->bytes, secret->len);
}
