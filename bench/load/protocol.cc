#include "bench/load/protocol.h"

#include "bench/load/binary_protocol.h"
#include "bench/load/meta_protocol.h"
#include "bench/load/text_protocol.h"

namespace ringcached::load {

std::unique_ptr<Protocol> MakeProtocol(Dialect dialect, const KeySpace& keys) {
  switch (dialect) {
    case Dialect::kText:
      return std::make_unique<TextProtocol>(keys);
    case Dialect::kMeta:
      return std::make_unique<MetaProtocol>(keys);
    case Dialect::kBinary:
      return std::make_unique<BinaryProtocol>(keys);
  }
  return nullptr;
}

}  // namespace ringcached::load
