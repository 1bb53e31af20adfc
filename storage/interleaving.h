// Where a test steps in: between two steps of a reader or a writer that others may see. Nothing in
// any build but that of the interleaving tests, which have a storage library of their own.

#ifndef RINGCACHED_STORAGE_INTERLEAVING_H_
#define RINGCACHED_STORAGE_INTERLEAVING_H_

#ifdef RINGCACHED_INTERLEAVING

namespace ringcached::storage {

// Called at every point; null: nothing is.
inline void (*interleaving_hook)() = nullptr;

inline void InterleavingPoint() {
  if (interleaving_hook != nullptr) interleaving_hook();
}

}  // namespace ringcached::storage

#define STORAGE_POINT() ::ringcached::storage::InterleavingPoint()
#else
#define STORAGE_POINT() static_cast<void>(0)
#endif

#endif  // RINGCACHED_STORAGE_INTERLEAVING_H_
