/* SPDX-License-Identifier: Apache-2.0
 *
 * start.S - from the boot loader (Multiboot, 32 bits) to run_tests in 64 bits,
 * with the registers of AVX-512 switched on and nothing else: no interrupts,
 * the first GiB of memory mapped as it is.
 */
#define PAGES (2 << 20)

        .section .multiboot, "a"
        .align 4
        .long 0x1badb002, 0, -0x1badb002

        .section .bss
        .align 4096
level4: .skip 4096
level3: .skip 4096
level2: .skip 4096
        .skip 1 << 20
stack:

        .section .rodata
        .align 8
segments:
        .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
segments_end:
segments_at:
        .word segments_end - segments - 1
        .long segments
        .global emulated_cases, emulated_cases_end
emulated_cases:
        .incbin CASES
emulated_cases_end:

        .text
        .code32
        .global start
start:
        movl $stack, %esp
        movl $level3 + 3, level4
        movl $level2 + 3, level3
        movl $level2, %edi
        movl $0x83, %eax        /* present, written to, 2 MiB */
        movl $512, %ecx
1:      movl %eax, (%edi)
        addl $PAGES, %eax
        addl $8, %edi
        loop 1b
        movl $level4, %eax
        movl %eax, %cr3
        movl %cr4, %eax
        orl $0x40620, %eax      /* PAE, OSFXSR, OSXMMEXCPT, OSXSAVE */
        movl %eax, %cr4
        movl $0xc0000080, %ecx  /* EFER: long mode */
        rdmsr
        orl $0x100, %eax
        wrmsr
        movl %cr0, %eax
        andl $~0x0c, %eax       /* no emulation of the FPU, no TS */
        orl $0x80000002, %eax   /* paging, MP */
        movl %eax, %cr0
        lgdt segments_at
        ljmp $8, $long_mode

        .code64
long_mode:
        movl $16, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        movq $stack, %rsp
        movl $7, %eax
        xorl %ecx, %ecx
        cpuid
        testl $1 << 16, %ebx    /* AVX-512 F: without it run_tests says so */
        jz 2f
        xorl %ecx, %ecx
        xorl %edx, %edx
        movl $0xe7, %eax        /* x87, SSE, AVX, AVX-512 */
        xsetbv
2:      call run_tests
3:      hlt
        jmp 3b

        .section .note.GNU-stack, "", @progbits
