// The binary dialect's responses: outcomes, items and figures into packets. memcached's statuses
// and texts.

#ifndef RINGCACHED_PROTOCOL_BINARY_WRITER_H_
#define RINGCACHED_PROTOCOL_BINARY_WRITER_H_

#include <string_view>

#include "protocol/binary_header.h"
#include "protocol/binary_parser.h"
#include "protocol/outcome.h"
#include "protocol/reply_sink.h"
#include "protocol/request.h"
#include "storage/item_view.h"

namespace ringcached::protocol {

// What a response is to.
struct BinaryReplyTo {
  Opcode opcode = Opcode::kGet;
  BinaryOpaque opaque = {};
  BinaryReturns returns;
};

// A packet with a status and a text. Never left out.
void WriteBinaryStatus(BinaryStatus status, std::string_view text, const BinaryReplyTo& to,
                       ReplySink& sink);
// With the text that goes with the status; kSuccess and kAuthContinue have none.
void WriteBinaryStatus(BinaryStatus status, const BinaryReplyTo& to, ReplySink& sink);

// A hit. Values above kMaxCopiedValueBytes are pinned.
void WriteBinaryItem(const storage::ItemView& item, const BinaryReplyTo& to, ReplySink& sink);

// One figure.
void WriteBinaryStat(std::string_view name, std::string_view value, const BinaryReplyTo& to,
                     ReplySink& sink);

// Everything else; a quiet request's success, and a quiet get's miss, are left out. Of kHit nothing
// is written: the item was. `version` is for kVersion.
void WriteBinaryOutcome(const Outcome& outcome, const Request& request, std::string_view version,
                        const BinaryReplyTo& to, ReplySink& sink);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_BINARY_WRITER_H_
