// The lines that ask for all items: lru_crawler metadump and mgdump, stats cachedump and sizes; and
// watch, which asks for what is to come.

#ifndef RINGCACHED_PROTOCOL_DUMP_PARSER_H_
#define RINGCACHED_PROTOCOL_DUMP_PARSER_H_

#include <string_view>

#include "protocol/outcome.h"
#include "protocol/request.h"

namespace ringcached::protocol {

// all|<class>[,<class>...], as lru_crawler takes it: kOk, kBadClass, or kNoClasses where there is
// none. *ours: whether items here are of one of them.
OutcomeCode ParseClasses(std::string_view list, bool* ours);

// Each returns kOk, and has filled in *request, or a refusal; kUnknownCommand where the line asks
// for something else.

// lru_crawler metadump|mgdump all|hash|<class>[,<class>...]
OutcomeCode ParseCrawlerDump(std::string_view line, Request* request);
// stats cachedump <class> <items>, stats sizes
OutcomeCode ParseStatsDump(std::string_view line, Request* request);
// watch [fetchers] [mutations] [evictions] [connevents] [deletions]
OutcomeCode ParseWatch(std::string_view line, Request* request);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_DUMP_PARSER_H_
