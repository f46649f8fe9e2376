/* SPDX-License-Identifier: MIT */
#pragma once

/* clone3 on a stack of the child's own can't be called from C, as the child must not return into the caller's frame:
 * hence these few lines of assembler. For clone.c, and for the bench that measures what a spawn must cost. Include it
 * once in a program. */

#include <linux/sched.h>
#include <stddef.h>

typedef int (*child_fn)(void *userdata);

/* Returns as the kernel does in the parent; the child calls fn(userdata) and exits with what that returns. */
long tended_clone3_call(const struct clone_args *args, size_t size, child_fn fn, void *userdata)
        __attribute__((visibility("hidden")));

#if defined(__x86_64__) && defined(__LP64__)
#define HAVE_CLONE3_CALL true
/* rdi, rsi: for the kernel; rdx: fn; rcx: userdata, which the kernel overwrites. */
__asm__(".text\n"
        ".p2align 4\n"
        ".globl tended_clone3_call\n"
        ".hidden tended_clone3_call\n"
        ".type tended_clone3_call, @function\n"
        "tended_clone3_call:\n\t"
        "endbr64\n\t"
        "mov %rcx, %r8\n\t"
        "mov $435, %eax\n\t"
        "syscall\n\t"
        "test %rax, %rax\n\t"
        "jz 1f\n\t"
        "ret\n"
        "1:\n\t"
        "xor %ebp, %ebp\n\t"
        "mov %r8, %rdi\n\t"
        "call *%rdx\n\t"
        "mov %eax, %edi\n\t"
        "mov $60, %eax\n\t"
        "syscall\n\t"
        "hlt\n\t"
        ".size tended_clone3_call, . - tended_clone3_call\n");
#elif defined(__aarch64__)
#define HAVE_CLONE3_CALL true
/* x0, x1: for the kernel; x2: fn; x3: userdata. */
__asm__(".text\n"
        ".p2align 2\n"
        ".globl tended_clone3_call\n"
        ".hidden tended_clone3_call\n"
        ".type tended_clone3_call, %function\n"
        "tended_clone3_call:\n\t"
        "hint #34\n\t" /* a landing pad, for those who check */
        "mov x8, #435\n\t"
        "svc #0\n\t"
        "cbz x0, 1f\n\t"
        "ret\n"
        "1:\n\t"
        "mov x29, #0\n\t"
        "mov x0, x3\n\t"
        "blr x2\n\t"
        "mov x8, #93\n\t"
        "svc #0\n\t"
        "brk #0\n\t"
        ".size tended_clone3_call, . - tended_clone3_call\n");
#else
#define HAVE_CLONE3_CALL                             false
#define tended_clone3_call(args, size, fn, userdata) ((long) -ENOSYS)
#endif
