/* SPDX-License-Identifier: Apache-2.0
 *
 * hooks.c - finds the pointers through which a mapped plugin calls the memory
 * functions, and turns them.
 */
#include "conform/hooks.h"

#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint64_t calls, fail_at, failures;
static _Atomic int64_t blocks, bytes;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static char *(*real_strdup)(const char *);

/* ---- what the plugin calls instead --------------------------------------- */

static int refuses(void)
{
    uint64_t n = atomic_fetch_add(&calls, 1) + 1;

    if (n == atomic_load(&fail_at)) {
        atomic_fetch_add(&failures, 1);
        return 1;
    }
    return 0;
}

static void *counted(void *p)
{
    if (p != NULL) {
        atomic_fetch_add(&blocks, 1);
        atomic_fetch_add(&bytes, (int64_t)malloc_usable_size(p));
    }
    return p;
}

static void uncount(void *p)
{
    if (p != NULL) {
        atomic_fetch_sub(&blocks, 1);
        atomic_fetch_sub(&bytes, (int64_t)malloc_usable_size(p));
    }
}

static void *hook_malloc(size_t size)
{
    return refuses() ? NULL : counted(real_malloc(size));
}

static void *hook_calloc(size_t count, size_t size)
{
    return refuses() ? NULL : counted(real_calloc(count, size));
}

static void *hook_realloc(void *old, size_t size)
{
    int64_t before = old == NULL ? 0 : (int64_t)malloc_usable_size(old);
    void *p;

    if (refuses()) {
        return NULL;
    }
    p = real_realloc(old, size);
    if (p != NULL && old != NULL) {
        atomic_fetch_sub(&blocks, 1);
        atomic_fetch_sub(&bytes, before);
    }
    return counted(p);
}

static char *hook_strdup(const char *text)
{
    return refuses() ? NULL : counted(real_strdup(text));
}

static void hook_free(void *p)
{
    uncount(p);
    real_free(p);
}

/* ---- finding the pointers ------------------------------------------------ */

union pointer {
    void *data;
    void (*code)(void);
};

static void *hook_of(const char *name)
{
    static const struct {
        const char *name;
        union pointer hook;
    } hooks[] = {
        {"malloc", {.code = (void (*)(void))hook_malloc}},
        {"calloc", {.code = (void (*)(void))hook_calloc}},
        {"realloc", {.code = (void (*)(void))hook_realloc}},
        {"free", {.code = (void (*)(void))hook_free}},
        {"strdup", {.code = (void (*)(void))hook_strdup}},
    };

    for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
        if (strcmp(hooks[i].name, name) == 0) {
            return hooks[i].hook.data;
        }
    }
    return NULL;
}

struct image {
    uintptr_t probe, base;
    const ElfW(Dyn) * dynamic;
};

static int find_image(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct image *image = ctx;
    const ElfW(Dyn) *dynamic = NULL;
    int found = 0;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + ph->p_vaddr;

        if (ph->p_type == PT_LOAD && image->probe >= low &&
            image->probe < low + ph->p_memsz) {
            found = 1;
        } else if (ph->p_type == PT_DYNAMIC) {
            dynamic = (const ElfW(Dyn) *)low; /* where the loader put it */
        }
    }
    if (found) {
        image->base = info->dlpi_addr;
        image->dynamic = dynamic;
    }
    return found;
}

/* The loader of some machines relocates these in place, of others not. */
static uintptr_t dynamic_at(const struct image *image, ElfW(Sxword) tag)
{
    for (const ElfW(Dyn) *d = image->dynamic; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == tag) {
            return d->d_un.d_ptr;
        }
    }
    return 0;
}

static uintptr_t address_of(const struct image *image, ElfW(Sxword) tag)
{
    uintptr_t at = dynamic_at(image, tag);

    return at == 0 || at >= image->base ? at : at + image->base;
}

static void turn(struct vt_trial *t, uintptr_t at, void *to)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = at & ~(uintptr_t)(page - 1);

    VT_EXPECT(t,
              mprotect((void *)start, at - start + sizeof to,
                       PROT_READ | PROT_WRITE) == 0,
              "the plugin's pointers cannot be turned");
    memcpy((void *)at, &to, sizeof to);
}

static void turn_table(struct vt_trial *t, const struct image *image,
                       uintptr_t table, size_t size, size_t row)
{
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)address_of(image, DT_SYMTAB);
    const char *names = (const char *)address_of(image, DT_STRTAB);

    for (size_t i = 0; table != 0 && i + row <= size; i += row) {
        ElfW(Rel) r; /* a Rela begins like a Rel */
        uint64_t symbol;
        void *hook;

        memcpy(&r, (const void *)(table + i), sizeof r);
        symbol = sizeof(void *) == 8 ? ELF64_R_SYM((uint64_t)r.r_info)
                                     : ELF32_R_SYM((uint32_t)r.r_info);
        hook = symbol == 0 ? NULL : hook_of(names + symbols[symbol].st_name);
        if (hook != NULL) {
            turn(t, image->base + r.r_offset, hook);
        }
    }
}

static uintptr_t code_of(const struct vt_module *m)
{
    union pointer p = {.data = NULL};

    if (m->consensus != NULL) {
        p.code = (void (*)(void))m->consensus->create;
    } else if (m->storage != NULL) {
        p.code = (void (*)(void))m->storage->open;
    } else {
        p.code = (void (*)(void))m->signature->keypair;
    }
    return (uintptr_t)p.data;
}

void vt_hooks_install(struct vt_trial *t)
{
    struct image image = {.probe = code_of(t->module)};
    size_t plt_row;

    real_malloc = malloc;
    real_calloc = calloc;
    real_realloc = realloc;
    real_free = free;
    real_strdup = strdup;
    VT_EXPECT(t,
              dl_iterate_phdr(find_image, &image) != 0 && image.dynamic != NULL,
              "its table points outside of the file");
    plt_row = dynamic_at(&image, DT_PLTREL) == DT_REL ? sizeof(ElfW(Rel))
                                                      : sizeof(ElfW(Rela));
    turn_table(t, &image, address_of(&image, DT_JMPREL),
               dynamic_at(&image, DT_PLTRELSZ), plt_row);
    turn_table(t, &image, address_of(&image, DT_RELA),
               dynamic_at(&image, DT_RELASZ), sizeof(ElfW(Rela)));
    turn_table(t, &image, address_of(&image, DT_REL),
               dynamic_at(&image, DT_RELSZ), sizeof(ElfW(Rel)));
}

void vt_hooks_fail_at(uint64_t n)
{
    atomic_store(&failures, 0);
    atomic_store(&fail_at, n == 0 ? 0 : atomic_load(&calls) + n);
}

int vt_hooks_has_failed(void)
{
    return atomic_load(&failures) > 0;
}

uint64_t vt_hooks_calls(void)
{
    return atomic_load(&calls);
}

int64_t vt_hooks_blocks(void)
{
    return atomic_load(&blocks);
}

int64_t vt_hooks_bytes(void)
{
    return atomic_load(&bytes);
}
