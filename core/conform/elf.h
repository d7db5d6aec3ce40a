/* SPDX-License-Identifier: Apache-2.0
 *
 * elf.h - a shared object as a file: what it asks of the loader, what it
 * exports and imports. Reads hostile files; nothing is mapped or run. Private
 * to core/conform.
 */
#ifndef VT_CONFORM_ELF_H
#define VT_CONFORM_ELF_H

#include <vt/types.h>

#include <elf.h>

#include <link.h>

#define VT_ELF_FILE_MAX (UINT64_C(256) << 20)

struct vt_elf {
    uint8_t *bytes;
    size_t len;
    const ElfW(Phdr) * segments; /* copies are not needed: aligned, in bounds */
    size_t segment_count;
    const ElfW(Shdr) * sections;
    size_t section_count;
};

/* Returns VT_OK; VT_E_IO; VT_E_CORRUPT, VT_E_UNSUPPORTED saying why. */
vt_status vt_elf_open(const char *path, struct vt_elf *out, struct vt_err *err);
void vt_elf_close(struct vt_elf *elf);

/* First segment of a type, or NULL. */
const ElfW(Phdr) * vt_elf_segment(const struct vt_elf *elf, uint32_t type);
/* Value of a dynamic tag. Returns 1 when it is there. */
int vt_elf_dynamic(const struct vt_elf *elf, ElfW(Sxword) tag,
                   ElfW(Xword) * out);
/* Calls fn for every symbol of the table of this type (SHT_DYNSYM,
 * SHT_SYMTAB). Returns 0 when there is no such table; else 1, also when fn
 * ended the walk by returning non-zero. */
typedef int (*vt_elf_symbol_fn)(void *ctx, const char *name,
                                const ElfW(Sym) * symbol);
int vt_elf_symbols(const struct vt_elf *elf, uint32_t type, vt_elf_symbol_fn fn,
                   void *ctx);
/* What a pointer at this address will hold once relocated to base 0; 0 when
 * that is not known. */
uint64_t vt_elf_pointer(const struct vt_elf *elf, uint64_t address);

#endif
