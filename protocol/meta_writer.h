// The replies to meta commands: outcomes and items into HD VA EN NF NS EX MN ME, with the flags in
// the order in which the request named them.

#ifndef RINGCACHED_PROTOCOL_META_WRITER_H_
#define RINGCACHED_PROTOCOL_META_WRITER_H_

#include <string_view>

#include "protocol/meta_parser.h"
#include "protocol/outcome.h"
#include "protocol/reply_sink.h"
#include "protocol/request.h"
#include "protocol/turn_time.h"
#include "storage/item_view.h"

namespace ringcached::protocol {

// What a reply is to.
struct MetaReplyTo {
  const Request* request = nullptr;
  const MetaReturns* returns = nullptr;
  // The request's key, which may have outlived its line.
  std::string_view key;
  TurnTime time;
};

// mg's hit, and me's.
void WriteMetaItem(const storage::ItemView& item, const MetaReplyTo& to, ReplySink& sink);

// Everything else, in quiet mode nothing where the outcome is the nominal one. Refusals are worded
// by the text dialect and never left out. Of kHit nothing is written: the item was.
void WriteMetaOutcome(const Outcome& outcome, const MetaReplyTo& to, ReplySink& sink);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_META_WRITER_H_
