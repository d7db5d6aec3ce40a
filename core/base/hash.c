/* SPDX-License-Identifier: Apache-2.0
 *
 * hash.c - tagged SHA-256 through OpenSSL, tuned for many short inputs: the
 * digest is fetched once per process, contexts live once per thread, and the
 * state after the two tag blocks is kept per thread and tag.
 */
#include "base/hash.h"

#include "base/bytes.h"

#include <openssl/evp.h>

#include <pthread.h>
#include <stdlib.h>

#define TAGS_MAX 64u
#define TAG_TEXT_MAX 48u

struct tag_state {
    char tag[TAG_TEXT_MAX]; /* a copy: a plugin may reuse its buffer */
    const char *at;         /* where it was seen last, to look there first */
    EVP_MD_CTX *midstate;
};

struct thread_hash {
    EVP_MD_CTX *work;
    struct tag_state tags[TAGS_MAX];
    size_t tag_count;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static EVP_MD *sha256;
static _Thread_local struct thread_hash *mine;

static void thread_end(void *ptr)
{
    struct thread_hash *th = ptr;

    for (size_t i = 0; i < th->tag_count; i++) {
        EVP_MD_CTX_free(th->tags[i].midstate);
    }
    EVP_MD_CTX_free(th->work);
    free(th); /* discouraged: see thread_hash() */
    mine = NULL;
}

/* The main thread runs no key destructors. */
static void process_end(void)
{
    if (mine != NULL) {
        thread_end(mine);
    }
    EVP_MD_free(sha256);
}

static void start(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (sha256 == NULL || pthread_key_create(&thread_key, thread_end) != 0) {
        abort(); /* without its hash a chain cannot do anything at all */
    }
    (void)atexit(process_end);
}

static struct thread_hash *thread_hash(void)
{
    if (mine != NULL) {
        return mine;
    }
    (void)pthread_once(&once, start);
    /* not vt_alloc: a hash cannot fail, so tests that make the n-th allocation
     * fail must not meet it here */
    mine = calloc(1, sizeof *mine); /* discouraged: see above */
    if (mine == NULL) {
        abort();
    }
    mine->work = EVP_MD_CTX_new();
    if (mine->work == NULL || pthread_setspecific(thread_key, mine) != 0) {
        abort();
    }
    return mine;
}

static void must(int ok)
{
    if (!ok) {
        abort(); /* SHA-256 of memory cannot fail but for lack of memory */
    }
}

static void start_tag(struct thread_hash *th, EVP_MD_CTX *ctx, const char *tag)
{
    uint8_t digest[32];

    must(EVP_DigestInit_ex2(th->work, sha256, NULL));
    must(EVP_DigestUpdate(th->work, tag, strlen(tag)));
    must(EVP_DigestFinal_ex(th->work, digest, NULL));
    must(EVP_DigestInit_ex2(ctx, sha256, NULL));
    must(EVP_DigestUpdate(ctx, digest, sizeof digest));
    must(EVP_DigestUpdate(ctx, digest, sizeof digest));
}

static struct tag_state *find_tag(struct thread_hash *th, const char *tag)
{
    for (size_t i = 0; i < th->tag_count; i++) {
        if (th->tags[i].at == tag && strcmp(th->tags[i].tag, tag) == 0) {
            return &th->tags[i];
        }
    }
    for (size_t i = 0; i < th->tag_count; i++) {
        if (strcmp(th->tags[i].tag, tag) == 0) {
            th->tags[i].at = tag;
            return &th->tags[i];
        }
    }
    return NULL;
}

/* Midstate of a tag, or NULL when it cannot be kept. */
static const EVP_MD_CTX *midstate(struct thread_hash *th, const char *tag)
{
    const struct tag_state *known = find_tag(th, tag);

    if (known != NULL) {
        return known->midstate;
    }
    if (th->tag_count == TAGS_MAX || strlen(tag) >= TAG_TEXT_MAX) {
        return NULL;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    must(ctx != NULL);
    start_tag(th, ctx, tag);
    memcpy(th->tags[th->tag_count].tag, tag, strlen(tag) + 1);
    th->tags[th->tag_count].midstate = ctx;
    th->tags[th->tag_count].at = tag;
    th->tag_count++;
    return ctx;
}

void vt_hash_tagged(const char *tag, const struct vt_view *parts, size_t count,
                    struct vt_hash *out)
{
    struct thread_hash *th = thread_hash();
    const EVP_MD_CTX *begin = midstate(th, tag);

    if (begin != NULL) {
        must(EVP_MD_CTX_copy_ex(th->work, begin));
    } else {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();

        must(ctx != NULL);
        start_tag(th, ctx, tag);
        must(EVP_MD_CTX_copy_ex(th->work, ctx));
        EVP_MD_CTX_free(ctx);
    }
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0) {
            must(EVP_DigestUpdate(th->work, parts[i].ptr, parts[i].len));
        }
    }
    must(EVP_DigestFinal_ex(th->work, out->b, NULL));
}

void vt_hash_bytes(const char *tag, const void *bytes, size_t len,
                   struct vt_hash *out)
{
    struct vt_view part = vt_view_of(bytes, len);

    vt_hash_tagged(tag, &part, 1, out);
}

void vt_hash_pair(const char *tag, const struct vt_hash *left,
                  const struct vt_hash *right, struct vt_hash *out)
{
    uint8_t both[64];

    memcpy(both, left->b, 32);
    memcpy(both + 32, right->b, 32);
    vt_hash_bytes(tag, both, sizeof both, out);
}

void vt_hash_plain(const void *bytes, size_t len, struct vt_hash *out)
{
    struct thread_hash *th = thread_hash();

    must(EVP_DigestInit_ex2(th->work, sha256, NULL));
    if (len > 0) {
        must(EVP_DigestUpdate(th->work, bytes, len));
    }
    must(EVP_DigestFinal_ex(th->work, out->b, NULL));
}
