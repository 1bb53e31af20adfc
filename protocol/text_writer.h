// The text dialect's replies: outcomes into words. memcached's exact strings.

#ifndef RINGCACHED_PROTOCOL_TEXT_WRITER_H_
#define RINGCACHED_PROTOCOL_TEXT_WRITER_H_

#include <string_view>

#include "protocol/outcome.h"
#include "protocol/prefix_counts.h"
#include "protocol/reply_sink.h"
#include "storage/item_view.h"

namespace ringcached::protocol {

inline constexpr std::string_view kTextEnd = "END\r\n";

// "VALUE <key> <flags> <bytes>[ <cas>]" and the value's line.
void WriteTextValue(const storage::ItemView& item, bool want_cas, ReplySink& sink);

// The value and a line end. Values above kMaxCopiedValueBytes are pinned.
void WriteTextValueLine(const storage::ItemView& item, ReplySink& sink);

// "STAT <name> <value>"
void WriteTextStat(std::string_view name, std::string_view value, ReplySink& sink);

// "PREFIX <prefix> get <n> hit <n> set <n> del <n>"
void WriteTextPrefix(std::string_view prefix, const PrefixCount& count, ReplySink& sink);

// The one line that answers everything but hits, misses and figures. `version` is for kVersion.
void WriteTextOutcome(const Outcome& outcome, std::string_view version, ReplySink& sink);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_TEXT_WRITER_H_
