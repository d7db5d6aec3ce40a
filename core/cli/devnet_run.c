/* SPDX-License-Identifier: Apache-2.0
 *
 * devnet_run.c - the processes of a development network: this program again,
 * as `vtchain node`, one per node.
 */
#include "cli/devnet.h"

#include "base/status.h"
#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_MS 5000u
#define POLL_MS 20u

static void sleep_ms(uint32_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000,
                         .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)nanosleep(&t, NULL);
}

/* In the child; never returns. */
static _Noreturn void run_node(const char *config, const char *log,
                               pid_t parent)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char name[] = "vtchain";
    char node[] = "node";
    char *argv[] = {name, node, NULL, NULL};
    char path[PATH_MAX];
    char self[PATH_MAX] = "";

    (void)setpgid(0, 0); /* Ctrl-C is for the parent, which stops all */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent || fd < 0 || nothing < 0 || dup2(nothing, 0) < 0 ||
        dup2(fd, 1) < 0 || dup2(fd, 2) < 0) {
        _exit(127);
    }
    (void)snprintf(path, sizeof path, "%s", config);
    argv[2] = path;
    if (readlink("/proc/self/exe", self, sizeof self - 1) > 0) {
        (void)execv(self, argv); /* by its own name, so that ps shows it */
    }
    _exit(127);
}

static vt_status start_one(struct vt_devnet *net, struct vt_devnet_node *node,
                           struct vt_err *err)
{
    char config[PATH_MAX];
    char log[PATH_MAX];
    pid_t parent = getpid();
    pid_t pid;

    (void)snprintf(config, sizeof config, "%s/%s/node.ini", net->dir,
                   node->name);
    (void)snprintf(log, sizeof log, "%s/%s/node.log", net->dir, node->name);
    (void)fflush(NULL);
    pid = fork();
    if (pid < 0) {
        return vt_err_set(err, VT_E_IO, "%s cannot be started: %s", node->name,
                          strerror(errno));
    }
    if (pid == 0) {
        run_node(config, log, parent);
    }
    node->pid = pid;
    node->exit_status = 0;
    return VT_OK;
}

vt_status vt_devnet_start(struct vt_devnet *net, uint32_t index,
                          struct vt_err *err)
{
    vt_status status = VT_OK;

    for (uint32_t i = 0; i < net->node_count && status == VT_OK; i++) {
        if ((index == i || index == VT_DEVNET_NODES_MAX) &&
            net->nodes[i].pid == 0) {
            status = start_one(net, &net->nodes[i], err);
        }
    }
    return status;
}

int vt_devnet_reap(struct vt_devnet *net)
{
    for (uint32_t i = 0; i < net->node_count; i++) {
        struct vt_devnet_node *node = &net->nodes[i];

        if (node->pid != 0 &&
            waitpid(node->pid, &node->exit_status, WNOHANG) == node->pid) {
            node->pid = 0;
            return (int)i;
        }
    }
    return -1;
}

/* Last line of a node's log: why it ended. */
static void last_line(const struct vt_devnet *net,
                      const struct vt_devnet_node *node, char out[160])
{
    char path[PATH_MAX];
    char line[512];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s/node.log", net->dir, node->name);
    out[0] = '\0';
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        (void)snprintf(out, 160, "%.159s", line);
    }
    if (f != NULL) {
        (void)fclose(f);
    }
}

static int is_ready(const struct vt_devnet_node *node)
{
    struct vt_client_args args = {.endpoint = node->api,
                                  .connect_timeout_ms = 500,
                                  .total_timeout_ms = 1000};
    struct vt_err err = VT_ERR_INIT;
    struct vt_client *client;
    struct vt_json *status = NULL;
    int ready = 0;

    if (vt_client_new(&args, &client, &err) != VT_OK) {
        return 0;
    }
    if (vt_client_call(client, "node.status", NULL, 0, &status, &err) ==
            VT_OK &&
        vt_json_get_bool(status, "ready", &ready, &err) != VT_OK) {
        ready = 0;
    }
    vt_json_free(status);
    vt_client_free(client);
    return ready;
}

vt_status vt_devnet_wait_ready(struct vt_devnet *net, uint32_t timeout_ms,
                               const volatile sig_atomic_t *stop,
                               struct vt_err *err)
{
    uint64_t deadline =
        vt_clock_mono_ns() + (uint64_t)timeout_ms * UINT64_C(1000000);

    for (uint32_t i = 0; i < net->node_count;) {
        int dead = vt_devnet_reap(net);

        if (dead >= 0) {
            char why[160];

            last_line(net, &net->nodes[dead], why);
            return vt_err_set(err, VT_E_IO, "%s ended at start: %s",
                              net->nodes[dead].name, why);
        }
        if (stop != NULL && *stop) {
            return vt_err_set(err, VT_E_STATE, "interrupted");
        }
        if (net->nodes[i].pid == 0 || is_ready(&net->nodes[i])) {
            i++;
        } else if (vt_clock_mono_ns() > deadline) {
            return vt_err_set(err, VT_E_IO,
                              "%s is not ready after %u ms, its log is "
                              "%s/%s/node.log",
                              net->nodes[i].name, timeout_ms, net->dir,
                              net->nodes[i].name);
        } else {
            sleep_ms(POLL_MS);
        }
    }
    return VT_OK;
}

static void stop_one(struct vt_devnet_node *node)
{
    for (uint32_t waited = 0; node->pid != 0; waited += POLL_MS) {
        if (waitpid(node->pid, &node->exit_status, WNOHANG) != 0) {
            node->pid = 0;
            return;
        }
        if (waited == STOP_MS) {
            (void)kill(node->pid, SIGKILL);
        }
        sleep_ms(POLL_MS);
    }
}

void vt_devnet_stop(struct vt_devnet *net, uint32_t index)
{
    for (uint32_t i = 0; i < net->node_count; i++) {
        if ((index == i || index == VT_DEVNET_NODES_MAX) &&
            net->nodes[i].pid != 0) {
            (void)kill(net->nodes[i].pid, SIGTERM);
        }
    }
    for (uint32_t i = 0; i < net->node_count; i++) {
        if (index == i || index == VT_DEVNET_NODES_MAX) {
            stop_one(&net->nodes[i]);
        }
    }
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void vt_devnet_remove(const struct vt_devnet *net)
{
    (void)nftw(net->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
