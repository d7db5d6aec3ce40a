/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the lanes of IFMA on a machine without a system: edges of the
 * field, then signatures whose verdicts libsecp256k1 gave beforehand. What it
 * finds goes to the serial port; the last line begins with "passed" or
 * "failed".
 */
#include "../../challenge.h"
#include "../../cpu.h"
#include "../edges.h"
#include "format.h"

#include <string.h>

#define SERIAL 0x3f8
#define SHUTDOWN 0x8900 /* Bochs ends when it gets its name */

extern const struct emulated_case emulated_cases[], emulated_cases_end[];
void run_tests(void);

/* ---- output -------------------------------------------------------------- */

static void out(uint16_t port, char c)
{
    __asm__ volatile("outb %0, %1" : : "a"(c), "Nd"(port));
}

#define HAS_ROOM 0x20u
#define IS_IDLE 0x40u

static void wait_for(uint8_t what)
{
    uint8_t status;

    do {
        __asm__ volatile("inb %1, %0"
                         : "=a"(status)
                         : "Nd"((uint16_t)(SERIAL + 5)));
    } while ((status & what) == 0);
}

static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        wait_for(HAS_ROOM);
        out(SERIAL, *text);
    }
}

static void say_number(uint64_t n)
{
    char text[21];
    size_t at = sizeof text - 1;

    text[at] = '\0';
    do {
        text[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    say(text + at);
}

/* ---- tests --------------------------------------------------------------- */

/* Every pair of edges; returns how many results were wrong. */
static uint64_t run_field(uint64_t *count)
{
    struct probe_in in;
    struct fp got[8];
    struct fp want;
    uint64_t wrong = 0;

    edges_make();
    for (size_t pair = 0; pair < (size_t)EDGES * EDGES; pair += 8) {
        size_t index[3][8];

        for (size_t k = 0; k < 8; k++) {
            index[0][k] = (pair + k) / EDGES;
            index[1][k] = (pair + k) % EDGES;
            index[2][k] = (pair * 7 + k * 5) % EDGES;
            for (int i = 0; i < 5; i++) {
                in.a[i][k] = edge[index[0][k]][i];
                in.b[i][k] = edge[index[1][k]][i];
                in.c[i][k] = edge[index[2][k]][i];
            }
        }
        /* one operation per pair: each of them meets every edge */
        for (int op = (int)(pair / 8 % 4); op < PROBE_ROOT; op += 4) {
            probe_ifma.run((enum probe_op)op, &in, got);
            for (size_t k = 0; k < 8; k++) {
                edges_expected((enum probe_op)op, &edge_value[index[0][k]],
                               &edge_value[index[1][k]],
                               &edge_value[index[2][k]], &want);
                wrong += !fp_equal(&want, &got[k]);
                ++*count;
            }
        }
    }
    return wrong;
}

struct sums {
    uint64_t cases, good, asked, wrong;
};

/* Batches of 1..TASKS_MAX, each with unknown keys and then with known ones;
 * what is out of range is answered without lanes, as in many.c. */
static void run_cases(struct sums *s)
{
    const struct emulated_case *c = emulated_cases;
    struct challenge challenge;
    size_t size = 1;

    task_table_make();
    challenge_init(&challenge, cpu_has_sha());
    while (c < emulated_cases_end) {
        static struct task tasks[TASKS_MAX];
        uint8_t want[TASKS_MAX];
        uint8_t got[TASKS_MAX];
        size_t n = 0;

        for (; n < size && c < emulated_cases_end; c++) {
            uint8_t e[32];

            challenge_hash(&challenge, c->sig, c->pk, c->msg, e);
            s->cases++;
            if (task_make(&tasks[n], c->pk, c->sig, e)) {
                tasks[n].has_y = 0;
                want[n++] = c->verdict;
            } else {
                s->wrong += c->verdict != TASK_BAD;
            }
        }
        for (int known = 0; known < 2 && n > 0; known++) {
            if (!task_lanes_ifma.run(tasks, n, got)) {
                s->wrong++;
            }
            for (size_t i = 0; i < n; i++) {
                s->good += got[i] == TASK_GOOD;
                s->asked += got[i] == TASK_ASK;
                s->wrong += got[i] != TASK_ASK && got[i] != want[i];
                tasks[i].has_y = got[i] == TASK_GOOD;
            }
        }
        size = size % TASKS_MAX + 1;
    }
}

void run_tests(void)
{
    struct sums sums = {0};
    uint64_t wrong;
    uint64_t field = 0;

    out(SERIAL + 3, 3); /* eight bits, no parity */
    if (!cpu_has_ifma()) {
        say("failed: this processor has no AVX-512 IFMA\n");
    } else {
        wrong = task_lanes_ifma.works() ? 0 : 1;
        wrong += run_field(&field);
        say_number(field);
        say(" results of the field, wrong: ");
        say_number(wrong);
        run_cases(&sums);
        say("\n");
        say_number(sums.cases);
        say(" signatures, lanes called them good ");
        say_number(sums.good);
        say(" times and left to the library ");
        say_number(sums.asked);
        say(", wrong: ");
        say_number(sums.wrong);
        wrong += sums.wrong;
        say(wrong == 0 && sums.good > 0 ? "\npassed\n" : "\nfailed\n");
    }
    wait_for(IS_IDLE);
    for (const char *end = "Shutdown"; *end != '\0'; end++) {
        out(SHUTDOWN, *end);
    }
}
