/* Relocated data made read-only.
 *
 * The dynamic linker protects the PT_GNU_RELRO part of a program once its relocations are done. A static program has
 * no dynamic linker, and neither the kernel nor musl's start code does it instead, so the program does it itself,
 * before anything else runs. A failure changes nothing but this protection and is passed over. */
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

static int protect(struct dl_phdr_info *program, size_t size, void *context)
{
    (void)size, (void)context;
    uintptr_t page_mask = ~((uintptr_t)getauxval(AT_PAGESZ) - 1);
    for (size_t i = 0; i < program->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &program->dlpi_phdr[i];
        if (part->p_type != PT_GNU_RELRO)
            continue;
        /* Both ends rounded down: what follows the part on its last page must stay writable. */
        uintptr_t start = (program->dlpi_addr + part->p_vaddr) & page_mask;
        uintptr_t end = (program->dlpi_addr + part->p_vaddr + part->p_memsz) & page_mask;
        if (start < end)
            (void)mprotect((void *)start, end - start, PROT_READ);
    }
    return 1; /* there is only one program */
}

__attribute__((constructor(101))) static void protect_relocated_data(void)
{
    (void)dl_iterate_phdr(protect, NULL);
}
