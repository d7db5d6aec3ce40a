/* SPDX-License-Identifier: Apache-2.0
 *
 * tests_file.c - the file before it is loaded, and whether it can be: what it
 * asks of the dynamic loader, what it exports and imports, what it says of
 * itself.
 */
#include "conform/elf.h"

#include "base/status.h"
#include "conform/trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SCAN_MS_MAX 100u

static void open_file(struct vt_trial *t, struct vt_elf *elf)
{
    struct vt_err err = VT_ERR_INIT;

    vt_trial_note(t, "reading the file");
    VT_EXPECT(t, vt_elf_open(t->file, elf, &err) == VT_OK, "%s", err.text);
}

/* ---- exports ------------------------------------------------------------- */

struct exports {
    uint32_t count;
    char wanted[80], other[80];
    int found;
};

static int note_export(void *ctx, const char *name, const ElfW(Sym) * s)
{
    struct exports *e = ctx;
    unsigned bind = ELF64_ST_BIND(s->st_info);

    if (s->st_shndx == SHN_UNDEF || s->st_shndx == SHN_ABS ||
        (bind != STB_GLOBAL && bind != STB_WEAK && bind != STB_GNU_UNIQUE)) {
        return 0;
    }
    e->count++;
    if (strcmp(name, e->wanted) == 0) {
        e->found = 1;
    } else {
        (void)snprintf(e->other, sizeof e->other, "%.79s", name);
    }
    return 0;
}

static void exports_one_symbol(struct vt_trial *t)
{
    struct exports e = {0};
    struct vt_elf elf;

    open_file(t, &elf);
    (void)snprintf(e.wanted, sizeof e.wanted, "%s_LTX_vt_plugin_v1", t->stem);
    VT_EXPECT(t, vt_elf_symbols(&elf, SHT_DYNSYM, note_export, &e),
              "no table of dynamic symbols: do not strip section headers");
    VT_EXPECT(t, e.found, "does not export %s", e.wanted);
    VT_EXPECT(t, e.count == 1,
              "exports %u symbols, %s among them; only %s may be seen: build "
              "with -fvisibility=hidden and an export list",
              e.count, e.other, e.wanted);
    vt_elf_close(&elf);
}

/* ---- how it is linked ---------------------------------------------------- */

static int has_flag(const struct vt_elf *elf, ElfW(Sxword) tag, uint64_t bit)
{
    ElfW(Xword) value = 0;

    return vt_elf_dynamic(elf, tag, &value) && (value & bit) != 0;
}

static void is_bound_when_loaded(struct vt_trial *t)
{
    struct vt_elf elf;
    ElfW(Xword) unused;

    open_file(t, &elf);
    VT_EXPECT(t,
              has_flag(&elf, DT_FLAGS, DF_BIND_NOW) ||
                  has_flag(&elf, DT_FLAGS_1, DF_1_NOW) ||
                  vt_elf_dynamic(&elf, DT_BIND_NOW, &unused),
              "is bound lazily: link with -Wl,-z,now");
    VT_EXPECT(t, vt_elf_segment(&elf, PT_GNU_RELRO) != NULL,
              "its relocated pointers stay writable: link with -Wl,-z,relro");
    vt_elf_close(&elf);
}

static void stays_mapped(struct vt_trial *t)
{
    struct vt_elf elf;

    open_file(t, &elf);
    VT_EXPECT(t, has_flag(&elf, DT_FLAGS_1, DF_1_NODELETE),
              "may be unmapped: link with -Wl,-z,nodelete");
    vt_elf_close(&elf);
}

static void has_no_text_relocations(struct vt_trial *t)
{
    struct vt_elf elf;
    ElfW(Xword) unused;

    open_file(t, &elf);
    VT_EXPECT(t,
              !has_flag(&elf, DT_FLAGS, DF_TEXTREL) &&
                  !vt_elf_dynamic(&elf, DT_TEXTREL, &unused),
              "its code is changed when loaded: compile with -fPIC");
    vt_elf_close(&elf);
}

static void has_no_executable_data(struct vt_trial *t)
{
    const ElfW(Phdr) * stack;
    struct vt_elf elf;

    open_file(t, &elf);
    stack = vt_elf_segment(&elf, PT_GNU_STACK);
    VT_EXPECT(t, stack != NULL && (stack->p_flags & PF_X) == 0,
              "wants an executable stack: link with -Wl,-z,noexecstack");
    for (size_t i = 0; i < elf.segment_count; i++) {
        VT_EXPECT(t,
                  elf.segments[i].p_type != PT_LOAD ||
                      (elf.segments[i].p_flags & (PF_W | PF_X)) !=
                          (PF_W | PF_X),
                  "has a segment that can be written and executed");
    }
    vt_elf_close(&elf);
}

/* ---- code before the verdict --------------------------------------------- */

struct owner {
    uint64_t address;
    char name[80];
    int instrumented;
};

static int note_owner(void *ctx, const char *name, const ElfW(Sym) * s)
{
    struct owner *o = ctx;

    if (ELF64_ST_TYPE(s->st_info) == STT_FUNC && s->st_value == o->address) {
        (void)snprintf(o->name, sizeof o->name, "%.79s", name);
    }
    return 0;
}

static int note_sanitizer(void *ctx, const char *name, const ElfW(Sym) * s)
{
    static const char *const brings[] = {"__asan_", "__tsan_", "__ubsan_",
                                         "__gcov_", "__llvm_profile"};
    struct owner *o = ctx;

    (void)s;
    for (size_t i = 0; i < sizeof brings / sizeof brings[0]; i++) {
        o->instrumented |= strncmp(name, brings[i], strlen(brings[i])) == 0;
    }
    return 0;
}

/* The compiler's start files bring one constructor and one function _init;
 * whose they are is seen only while the file has its table of symbols. */
static void expect_owner(struct vt_trial *t, const struct vt_elf *elf,
                         uint64_t address, const char *own, const char *what)
{
    struct owner o = {.address = address};

    if (address != 0 && vt_elf_symbols(elf, SHT_SYMTAB, note_owner, &o) &&
        o.name[0] != '\0') {
        VT_EXPECT(t, strstr(own, o.name) != NULL,
                  "runs %s() when it is loaded (%s)", o.name, what);
    }
}

static void runs_no_code_when_loaded(struct vt_trial *t)
{
    ElfW(Xword) at = 0;
    ElfW(Xword) size = 0;
    struct owner o = {0};
    struct vt_elf elf;

    open_file(t, &elf);
    (void)vt_elf_symbols(&elf, SHT_DYNSYM, note_sanitizer, &o);
    if (o.instrumented) {
        vt_trial_skip(t, "built with a sanitizer, which has constructors");
    }
    if (vt_elf_dynamic(&elf, DT_INIT_ARRAY, &at) &&
        vt_elf_dynamic(&elf, DT_INIT_ARRAYSZ, &size)) {
        VT_EXPECT(t, size <= sizeof(ElfW(Addr)),
                  "has %zu constructors, one of them the compiler's: nothing "
                  "of a plugin may run before it was judged",
                  (size_t)(size / sizeof(ElfW(Addr))));
        expect_owner(t, &elf, vt_elf_pointer(&elf, at), "frame_dummy __do_init",
                     "constructor");
    }
    if (vt_elf_dynamic(&elf, DT_INIT, &at)) {
        expect_owner(t, &elf, at, "_init", "DT_INIT");
    }
    vt_elf_close(&elf);
}

/* ---- imports ------------------------------------------------------------- */

/* Of the process, not of a plugin. */
static const char *const process_calls[] = {
    "exit",         "_exit",         "quick_exit", "_Exit",   "setlocale",
    "chdir",        "fchdir",        "umask",      "signal",  "sigaction",
    "atexit",       "fork",          "vfork",      "execv",   "execve",
    "execvp",       "system",        "setenv",     "putenv",  "unsetenv",
    "printf",       "vprintf",       "puts",       "putchar", "fputs",
    "__printf_chk", "__vprintf_chk", "dlopen",     "perror",  NULL};

/* All that a deterministic engine may call. */
static const char *const engine_calls[] = {
    "malloc",        "calloc",         "realloc",         "free",
    "memcpy",        "memmove",        "memset",          "memcmp",
    "memchr",        "strlen",         "strnlen",         "strcmp",
    "strncmp",       "strchr",         "strrchr",         "qsort",
    "bsearch",       "abort",          "snprintf",        "vsnprintf",
    "bcmp",          "stpcpy",         "__memcpy_chk",    "__memmove_chk",
    "__memset_chk",  "__snprintf_chk", "__vsnprintf_chk", "__stack_chk_fail",
    "__assert_fail", "__cxa_finalize", "__gmon_start__",  NULL};

struct imports {
    const char *const *list;
    int is_allowlist;
    char first[80];
    uint32_t count;
};

static int is_in(const char *const *list, const char *name)
{
    for (; *list != NULL; list++) {
        if (strcmp(*list, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_compilers(const char *name)
{
    return strncmp(name, "_ITM_", 5) == 0 || strncmp(name, "__asan_", 7) == 0 ||
           strncmp(name, "__tsan_", 7) == 0 ||
           strncmp(name, "__ubsan_", 8) == 0 ||
           strncmp(name, "__sanitizer_", 12) == 0 ||
           strncmp(name, "__gcov_", 7) == 0 ||
           strncmp(name, "__interceptor_", 14) == 0;
}

static int note_import(void *ctx, const char *name, const ElfW(Sym) * s)
{
    struct imports *i = ctx;

    if (s->st_shndx != SHN_UNDEF || name[0] == '\0' || is_compilers(name)) {
        return 0;
    }
    if (is_in(i->list, name) != i->is_allowlist) {
        i->count++;
        (void)snprintf(i->first, sizeof i->first, "%.79s", name);
    }
    return 0;
}

static void leaves_the_process_alone(struct vt_trial *t)
{
    struct imports i = {.list = process_calls};
    struct vt_elf elf;

    open_file(t, &elf);
    VT_EXPECT(t, vt_elf_symbols(&elf, SHT_DYNSYM, note_import, &i),
              "no table of dynamic symbols");
    VT_EXPECT(t, i.count == 0,
              "imports %s(): that is the process's, which it shares with other "
              "chains",
              i.first);
    vt_elf_close(&elf);
}

static void imports_only_memory_and_strings(struct vt_trial *t)
{
    struct imports i = {.list = engine_calls, .is_allowlist = 1};
    struct vt_elf elf;

    if ((t->module->desc.flags & VT_PF_DETERMINISTIC) == 0) {
        vt_trial_fail(t, "an engine's descriptor must say "
                         "VT_PF_DETERMINISTIC");
    }
    open_file(t, &elf);
    VT_EXPECT(t, vt_elf_symbols(&elf, SHT_DYNSYM, note_import, &i),
              "no table of dynamic symbols");
    VT_EXPECT(t, i.count == 0,
              "imports %s()%s: an engine calls memory and strings only, time "
              "and chance come with its events",
              i.first, i.count > 1 ? " and others" : "");
    vt_elf_close(&elf);
}

/* ---- loading ------------------------------------------------------------- */

static void can_be_loaded(struct vt_trial *t)
{
    vt_trial_load(t);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void is_loaded_quickly(struct vt_trial *t)
{
    uint64_t start = now_ns();
    uint64_t took_ms;

    vt_trial_load(t);
    took_ms = (now_ns() - start) / 1000000;
    if (vt_trial_is_instrumented()) {
        vt_trial_skip(t, "this program is built with a sanitizer");
    }
    VT_EXPECT(t, took_ms <= SCAN_MS_MAX,
              "takes %" PRIu64 " ms to load and test itself, at most %u",
              took_ms, SCAN_MS_MAX);
}

static int is_version(const char *text)
{
    return text[0] >= '0' && text[0] <= '9' &&
           strspn(text, "0123456789.abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ+-~") == strlen(text);
}

static void describes_itself(struct vt_trial *t)
{
    const struct vt_plugin *d = &t->module->desc;

    VT_EXPECT(t, is_version(d->version), "version \"%.40s\" is none",
              d->version);
    VT_EXPECT(t, d->vendor[0] != '\0', "no vendor");
    VT_EXPECT(t, d->license[0] != '\0', "no SPDX license expression");
    VT_EXPECT(t, strchr(d->id, '.') != NULL && d->id[0] != '.',
              "id \"%.60s\" is not reverse DNS", d->id);
    VT_EXPECT(t, (d->flags & ~VT_PF_DETERMINISTIC) == 0,
              "unknown flags %#x in the descriptor: write 0", d->flags);
    for (uint32_t i = 0; i < d->keys.count; i++) {
        const struct vt_key *key = VT_AT(struct vt_key, d->keys, i);
        size_t len = strlen(key->doc);

        VT_EXPECT(t, len > 3 && strchr(key->doc, '\n') == NULL,
                  "option %s: its doc is not one sentence", key->name);
    }
}

const struct vt_conform_test vt_tests_file[] = {
    {"exports_one_symbol", "R1", 3, VT_FOR_ALL, VT_TEST_UNLOADED, 0,
     exports_one_symbol},
    {"can_be_loaded", "R5", 3, VT_FOR_ALL, VT_TEST_UNLOADED, 0, can_be_loaded},
    {"describes_itself", "R5", 3, VT_FOR_ALL, 0, 0, describes_itself},
    {"is_loaded_quickly", "R60", 5, VT_FOR_ALL, VT_TEST_UNLOADED, 0,
     is_loaded_quickly},
    {"runs_no_code_when_loaded", "R4", 3, VT_FOR_ALL, VT_TEST_UNLOADED, 0,
     runs_no_code_when_loaded},
    {"is_bound_when_loaded", "R55", 5, VT_FOR_ALL, VT_TEST_UNLOADED, 0,
     is_bound_when_loaded},
    {"stays_mapped", "R55", 5, VT_FOR_ALL, VT_TEST_UNLOADED, 0, stays_mapped},
    {"has_no_text_relocations", "R55", 5, VT_FOR_ALL, VT_TEST_UNLOADED, 0,
     has_no_text_relocations},
    {"has_no_executable_data", "R55", 5, VT_FOR_ALL, VT_TEST_UNLOADED, 0,
     has_no_executable_data},
    {"leaves_the_process_alone", "R21", 5, VT_FOR_ALL, VT_TEST_UNLOADED, 0,
     leaves_the_process_alone},
    {"imports_only_memory_and_strings", "R38", 5, VT_FOR(VT_KIND_CONSENSUS), 0,
     0, imports_only_memory_and_strings},
    {0}};
