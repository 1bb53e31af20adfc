// What most tests include, compiled once for all of them. It saves a test no include of its own:
// the clang preset compiles each file with nothing but what it names.

#ifndef RINGCACHED_TESTS_PRECOMPILED_HEADERS_H_
#define RINGCACHED_TESTS_PRECOMPILED_HEADERS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#endif  // RINGCACHED_TESTS_PRECOMPILED_HEADERS_H_
