#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is the core pure? The linker says which symbols it needs from outside (with the parts of common/ that it uses), and
each has to be on this short list: memory, strings, numbers, and PCRE2's matcher. No descriptor, clock, process or log.

Arguments: the archives libcore.a and libcommon.a."""

import subprocess
import sys
import tempfile

ALLOWED = set("""
malloc calloc realloc reallocarray free abort
memchr memcmp memcpy memmem memmove memrchr memset mempcpy rawmemchr
strchr strchrnul strcmp strcpy strcspn strdup strlen strncasecmp strcasecmp strncmp strncpy strndup strnlen strpbrk
strrchr strspn strstr stpcpy stpncpy strtol strtoll strtoul strtoull strtod
snprintf vsnprintf asprintf vasprintf sprintf
qsort bsearch fnmatch
__assert_fail __stack_chk_fail __errno_location __ctype_b_loc __ctype_tolower_loc
__snprintf_chk __vsnprintf_chk __asprintf_chk __vasprintf_chk __memcpy_chk __memmove_chk __memset_chk __strcpy_chk
__stpcpy_chk __strncpy_chk __sprintf_chk __strcat_chk __isoc99_sscanf __isoc23_strtol __isoc23_strtoul __isoc23_strtoull
strerror strerror_r ldexp inet_pton
_GLOBAL_OFFSET_TABLE_ __popcountdi2
""".split())
ALLOWED_PREFIXES = ("pcre2_", "__asan_", "__ubsan_", "__sanitizer_", "__lsan_", "__gcov_", "__llvm_")

core, common = sys.argv[1:3]
with tempfile.NamedTemporaryFile(suffix=".o") as whole:
    subprocess.run(["ld", "-r", "-o", whole.name, "--whole-archive", core, "--no-whole-archive", common], check=True)
    undefined = subprocess.run(["nm", "-u", whole.name], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
bad = sorted(s for s in set(undefined) - {"U", "w"} if s not in ALLOWED and not s.startswith(ALLOWED_PREFIXES))
print("the core imports: " + " ".join(bad) if bad else "purity: the core turns values into values")
sys.exit(1 if bad else 0)
