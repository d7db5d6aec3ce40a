/* SPDX-License-Identifier: Apache-2.0
 *
 * runner_world.c - the functions of chain/world.h with real time, threads and
 * links. All of them run on the chain's thread.
 */
#include "net/links.h"

#include "base/alloc.h"
#include "net/loop.h"
#include "net/runner_int.h"

static struct vt_runner *runner_of(struct vt_world *world)
{
    return (struct vt_runner *)(void *)world;
}

static uint64_t now_ns(struct vt_world *world)
{
    (void)world;
    return vt_clock_mono_ns();
}

static int64_t wall_ms(struct vt_world *world)
{
    (void)world;
    return vt_clock_wall_ms();
}

static void wake_at(struct vt_world *world, uint64_t at_ns)
{
    runner_of(world)->wake_ns = at_ns;
}

static vt_status send_frame(struct vt_world *world, uint32_t peer,
                            uint32_t klass, const struct vt_frame *frame)
{
    struct vt_runner *runner = runner_of(world);

    if (runner->links == NULL) {
        return frame->payload.len > vt_frame_max(frame->kind) ? VT_E_LIMIT
                                                              : VT_OK;
    }
    if (runner->unsent_since_ns == 0) {
        runner->unsent_since_ns = vt_clock_mono_ns();
    }
    return vt_links_send(runner->links, &frame->chain_id, peer, klass, frame);
}

static vt_status run(struct vt_world *world, enum vt_lane lane,
                     struct vt_job *job)
{
    return vt_runner_run_job(runner_of(world), lane, job);
}

static void publish(struct vt_world *world, const struct vt_chain_event *event)
{
    struct vt_runner *runner = runner_of(world);

    if (runner->on_event != NULL) {
        runner->on_event(runner->ctx, event);
    }
}

static void penalize(struct vt_world *world, uint32_t peer, const char *reason)
{
    struct vt_runner *runner = runner_of(world);

    if (runner->links != NULL) {
        vt_links_penalize(runner->links, vt_chain_id(runner->chain), peer,
                          reason);
    }
}

static void save(struct vt_world *world, const char *name, struct vt_view bytes,
                 char where[256])
{
    vt_runner_save(runner_of(world), name, bytes, where);
}

/* ---- proof of work ------------------------------------------------------- */

struct found {
    struct vt_runner *runner;
    uint64_t token, nonce;
};

static void tell_found(void *arg)
{
    struct found *f = arg;

    vt_chain_worked(f->runner->chain, f->token, f->nonce);
    vt_free(f);
}

/* On a miner's thread. */
static void on_found(void *ctx, uint64_t token, uint64_t nonce)
{
    struct found *f = vt_alloc(sizeof *f);

    if (f == NULL) {
        return; /* the engine asks again */
    }
    f->runner = ctx;
    f->token = token;
    f->nonce = nonce;
    if (vt_runner_post(f->runner, tell_found, f) != VT_OK) {
        vt_free(f);
    }
}

static vt_status work(struct vt_world *world, uint64_t token,
                      struct vt_view header, const uint8_t target[32])
{
    struct vt_runner *runner = runner_of(world);

    if (runner->miners == 0) {
        return VT_E_UNSUPPORTED;
    }
    if (runner->miner == NULL) {
        runner->miner = vt_miner_new(runner->miners, on_found, runner);
    }
    return runner->miner == NULL
               ? VT_E_NOMEM
               : vt_miner_set(runner->miner, token, header, target);
}

const struct vt_world_ops vt_runner_world_ops = {
    .now_ns = now_ns,
    .wall_ms = wall_ms,
    .wake_at = wake_at,
    .send = send_frame,
    .run = run,
    .work = work,
    .publish = publish,
    .penalize = penalize,
    .save = save,
};
