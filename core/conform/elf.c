/* SPDX-License-Identifier: Apache-2.0
 *
 * elf.c - bounds first, then a look: every offset in the file is checked
 * before it is followed.
 */
#include "conform/elf.h"

#include "base/alloc.h"
#include "base/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ALIGN_MAX 8u

static vt_status slurp(const char *path, struct vt_elf *out, struct vt_err *err)
{
    FILE *f = fopen(path, "re");
    long size = -1;

    if (f == NULL) {
        return vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno));
    }
    if (fseek(f, 0, SEEK_END) == 0) {
        size = ftell(f);
    }
    rewind(f);
    if (size > 0 && (uint64_t)size <= VT_ELF_FILE_MAX) {
        out->bytes = vt_alloc((size_t)size);
    }
    if (out->bytes != NULL) {
        out->len = fread(out->bytes, 1, (size_t)size, f);
    }
    (void)fclose(f);
    if (out->bytes == NULL || out->len != (size_t)size) {
        vt_elf_close(out);
        return vt_err_set(err, VT_E_IO, "%s: cannot be read", path);
    }
    return VT_OK;
}

/* count things of size bytes at offset, aligned, all in the file. */
static const void *inside(const struct vt_elf *elf, uint64_t offset,
                          uint64_t count, uint64_t size)
{
    if (offset > elf->len || offset % ALIGN_MAX != 0 ||
        (count > 0 && (elf->len - offset) / size < count)) {
        return NULL;
    }
    return elf->bytes + offset;
}

static int is_native(const ElfW(Ehdr) * head)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const unsigned char order = ELFDATA2LSB;
#else
    const unsigned char order = ELFDATA2MSB;
#endif
    return memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
           head->e_ident[EI_CLASS] ==
               (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
           head->e_ident[EI_DATA] == order && head->e_type == ET_DYN &&
           head->e_phentsize == sizeof(ElfW(Phdr)) &&
           (head->e_shnum == 0 || head->e_shentsize == sizeof(ElfW(Shdr)));
}

vt_status vt_elf_open(const char *path, struct vt_elf *out, struct vt_err *err)
{
    ElfW(Ehdr) head;
    vt_status status;

    memset(out, 0, sizeof *out);
    status = slurp(path, out, err);
    if (status != VT_OK) {
        return status;
    }
    if (out->len >= sizeof head) {
        memcpy(&head, out->bytes, sizeof head);
    }
    if (out->len < sizeof head || !is_native(&head)) {
        vt_elf_close(out);
        return vt_err_set(err, VT_E_UNSUPPORTED,
                          "%s: no shared object for this machine", path);
    }
    out->segments = inside(out, head.e_phoff, head.e_phnum, sizeof(ElfW(Phdr)));
    out->segment_count = head.e_phnum;
    out->sections = inside(out, head.e_shoff, head.e_shnum, sizeof(ElfW(Shdr)));
    out->section_count = head.e_shnum;
    if (out->segments == NULL || out->sections == NULL) {
        vt_elf_close(out);
        return vt_err_set(err, VT_E_CORRUPT, "%s: damaged headers", path);
    }
    return VT_OK;
}

void vt_elf_close(struct vt_elf *elf)
{
    vt_free(elf->bytes);
    memset(elf, 0, sizeof *elf);
}

const ElfW(Phdr) * vt_elf_segment(const struct vt_elf *elf, uint32_t type)
{
    for (size_t i = 0; i < elf->segment_count; i++) {
        if (elf->segments[i].p_type == type) {
            return &elf->segments[i];
        }
    }
    return NULL;
}

int vt_elf_dynamic(const struct vt_elf *elf, ElfW(Sxword) tag,
                   ElfW(Xword) * out)
{
    const ElfW(Phdr) *segment = vt_elf_segment(elf, PT_DYNAMIC);
    size_t count = segment == NULL ? 0 : segment->p_filesz / sizeof(ElfW(Dyn));
    const ElfW(Dyn) *entries =
        segment == NULL
            ? NULL
            : inside(elf, segment->p_offset, count, sizeof(ElfW(Dyn)));

    for (size_t i = 0;
         entries != NULL && i < count && entries[i].d_tag != DT_NULL; i++) {
        if (entries[i].d_tag == tag) {
            *out = entries[i].d_un.d_val;
            return 1;
        }
    }
    return 0;
}

static const ElfW(Shdr) *
    find_section(const struct vt_elf *elf, uint32_t type, size_t *at)
{
    for (; *at < elf->section_count; (*at)++) {
        if (elf->sections[*at].sh_type == type) {
            return &elf->sections[(*at)++];
        }
    }
    return NULL;
}

/* A text of a string section, "" when it is not one. */
static const char *text_at(const struct vt_elf *elf, uint32_t section,
                           uint64_t offset)
{
    const ElfW(Shdr) * s;

    if (section >= elf->section_count) {
        return "";
    }
    s = &elf->sections[section];
    if (s->sh_offset > elf->len || s->sh_size > elf->len - s->sh_offset ||
        offset >= s->sh_size ||
        memchr(elf->bytes + s->sh_offset + offset, 0, s->sh_size - offset) ==
            NULL) {
        return "";
    }
    return (const char *)elf->bytes + s->sh_offset + offset;
}

int vt_elf_symbols(const struct vt_elf *elf, uint32_t type, vt_elf_symbol_fn fn,
                   void *ctx)
{
    size_t at = 0;
    const ElfW(Shdr) *table = find_section(elf, type, &at);
    size_t count = table == NULL ? 0 : table->sh_size / sizeof(ElfW(Sym));
    const ElfW(Sym) *symbols =
        table == NULL ? NULL
                      : inside(elf, table->sh_offset, count, sizeof(ElfW(Sym)));

    if (symbols == NULL) {
        return 0;
    }
    for (size_t i = 1; i < count; i++) {
        if (fn(ctx, text_at(elf, table->sh_link, symbols[i].st_name),
               &symbols[i]) != 0) {
            return 1;
        }
    }
    return 1;
}

/* The bytes at an address that a segment loads. */
static uint64_t stored_at(const struct vt_elf *elf, uint64_t address)
{
    for (size_t i = 0; i < elf->segment_count; i++) {
        const ElfW(Phdr) *s = &elf->segments[i];
        ElfW(Addr) value;

        if (s->p_type == PT_LOAD && address >= s->p_vaddr &&
            address - s->p_vaddr < s->p_filesz && s->p_offset <= elf->len &&
            address - s->p_vaddr + sizeof value <= elf->len - s->p_offset) {
            memcpy(&value, elf->bytes + s->p_offset + (address - s->p_vaddr),
                   sizeof value);
            return value;
        }
    }
    return 0;
}

uint64_t vt_elf_pointer(const struct vt_elf *elf, uint64_t address)
{
    const ElfW(Shdr) * table;

    for (size_t at = 0; (table = find_section(elf, SHT_RELA, &at)) != NULL;) {
        size_t count = table->sh_size / sizeof(ElfW(Rela));
        const ElfW(Rela) *rows =
            inside(elf, table->sh_offset, count, sizeof(ElfW(Rela)));

        for (size_t i = 0; rows != NULL && i < count; i++) {
            if (rows[i].r_offset == address && rows[i].r_addend != 0) {
                return (uint64_t)rows[i].r_addend;
            }
        }
    }
    return stored_at(elf, address);
}
