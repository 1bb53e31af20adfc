#include "server/process/start_up_code.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace ringcached::server {
namespace {

// True if the linker has written into the object's code, which its file then does not have.
bool HasTextRelocations(const dl_phdr_info& object) {
  for (size_t i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    if (segment.p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + segment.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_TEXTREL) return true;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
    }
  }
  return false;
}

// Of one object. A segment that is never written has nothing but what its file has, so that its
// pages can go; the kernel refuses where that is not so (the vdso), which does not matter.
int ForgetObject(dl_phdr_info* object, size_t /*size*/, void* page_bytes) {
  if (HasTextRelocations(*object)) return 0;
  const auto page_mask = *static_cast<const uintptr_t*>(page_bytes) - 1;
  for (size_t i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t start = (object->dlpi_addr + segment.p_vaddr) & ~page_mask;
    const uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void ForgetStartUpCode() {
  auto page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  dl_iterate_phdr(&ForgetObject, &page_bytes);
}

}  // namespace ringcached::server
