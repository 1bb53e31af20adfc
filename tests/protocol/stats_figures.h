// What `stats` visits, by name.

#ifndef RINGCACHED_TESTS_PROTOCOL_STATS_FIGURES_H_
#define RINGCACHED_TESTS_PROTOCOL_STATS_FIGURES_H_

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "protocol/stats.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {

using Figures = std::map<std::string, std::string, std::less<>>;

// No figure stands twice.
inline Figures ReadFigures(std::string_view argument, SessionWorld& world, Outcome* outcome) {
  Figures figures;
  *outcome = ExecuteStats(argument, world.cache(), world.server(), world.context().time,
                          [&](std::string_view name, std::string_view value) {
                            EXPECT_TRUE(figures.emplace(name, value).second)
                                << name << " stands twice";
                          });
  return figures;
}

}  // namespace ringcached::protocol

#endif  // RINGCACHED_TESTS_PROTOCOL_STATS_FIGURES_H_
