// What a request costs between its bytes and its reply's: the parser alone, and a session with a
// real cache. Times are per iteration; items_per_second counts requests, or keys in a multi-get.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/binary_header.h"
#include "protocol/binary_parser.h"
#include "protocol/meta_parser.h"
#include "protocol/session.h"
#include "protocol/text_parser.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

constexpr int kItems = 10'000;
constexpr size_t kValueBytes = 100;
constexpr int kPipelinedGets = 16;
constexpr int kMultigetKeys = 50;
// More than an item takes, so that none is evicted.
constexpr size_t kLimitBytesPerItem = 500;

void BM_ParseLine(benchmark::State& state, std::string_view line) {
  Request request;
  for (auto _ : state) {
    benchmark::DoNotOptimize(line);
    benchmark::DoNotOptimize(ParseTextLine(line, line.size() + 2, &request));
    benchmark::DoNotOptimize(request);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(BM_ParseLine, get, "get some:namespace:user:1234567");
BENCHMARK_CAPTURE(BM_ParseLine, set, "set some:namespace:user:1234567 0 3600 100");
BENCHMARK_CAPTURE(BM_ParseLine, set_noreply, "set some:namespace:user:1234567 0 3600 100 noreply");
BENCHMARK_CAPTURE(BM_ParseLine, incr, "incr some:namespace:user:1234567 1");
BENCHMARK_CAPTURE(BM_ParseLine, unknown, "bogus some:namespace:user:1234567");

void BM_ParseMetaLine(benchmark::State& state, std::string_view line) {
  Request request;
  MetaReturns returns;
  MetaKeyBuffer key_buffer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(line);
    benchmark::DoNotOptimize(ParseMetaLine(line, line.size() + 2, &request, &returns, &key_buffer));
    benchmark::DoNotOptimize(request);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(BM_ParseMetaLine, mg, "mg some:namespace:user:1234567 v k q");
BENCHMARK_CAPTURE(BM_ParseMetaLine, mg_base64, "mg c29tZTpuYW1lc3BhY2U6dXNlcjox b v k q");
BENCHMARK_CAPTURE(BM_ParseMetaLine, ms, "ms some:namespace:user:1234567 100 T3600 F5 c");
BENCHMARK_CAPTURE(BM_ParseMetaLine, md, "md some:namespace:user:1234567 q");
BENCHMARK_CAPTURE(BM_ParseMetaLine, ma, "ma some:namespace:user:1234567 D1 N0 J13 v");

std::string Packet(Opcode opcode, const std::string& extras, const std::string& key,
                   const std::string& value) {
  const BinaryHeader header{
      .magic = kRequestMagic,
      .opcode = opcode,
      .key_bytes = static_cast<uint16_t>(key.size()),
      .extras_bytes = static_cast<uint8_t>(extras.size()),
      .body_bytes = static_cast<uint32_t>(extras.size() + key.size() + value.size())};
  std::string bytes(kBinaryHeaderBytes, '\0');
  // A request has zeros where a response has its status.
  WriteBinaryHeader(header, BinaryStatus::kSuccess, bytes.data());
  return bytes + extras + key + value;
}

void BM_ParsePacket(benchmark::State& state, Opcode opcode, size_t extras_bytes) {
  const std::string packet =
      Packet(opcode, std::string(extras_bytes, '\0'), "some:namespace:user:1234567", "");
  Request request;
  for (auto _ : state) {
    std::string_view input = packet;
    benchmark::DoNotOptimize(input);
    const BinaryHeader header = ReadBinaryHeader(input);
    benchmark::DoNotOptimize(CheckBinaryHeader(header));
    benchmark::DoNotOptimize(ParseBinaryPacket(header, input, &request));
    benchmark::DoNotOptimize(request);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(BM_ParsePacket, get, Opcode::kGet, 0);
BENCHMARK_CAPTURE(BM_ParsePacket, set, Opcode::kSet, 8);
BENCHMARK_CAPTURE(BM_ParsePacket, incr, Opcode::kIncrement, 20);

std::string Key(int i) { return "some:namespace:user:" + std::to_string(1'000'000 + i); }

std::string SetLine(int i) {
  return "set " + Key(i) + " 0 0 " + std::to_string(kValueBytes) + "\r\n" +
         std::string(kValueBytes, 'v') + "\r\n";
}

// A session whose cache holds so many items, and the sink that its server would send.
class BenchSession {
 public:
  explicit BenchSession(int items = kItems) : world_(OptionsFor(items)) {
    Session filler;
    for (int i = 0; i < items; ++i) AskOver(filler, SetLine(i));
  }

  // Works `input` off and throws the replies away; their bytes.
  size_t Ask(std::string_view input) { return AskOver(*session_, input); }
  // As a new client does, who may speak another dialect.
  void Reconnect() { session_ = std::make_unique<Session>(); }

 private:
  static storage::CacheOptions OptionsFor(int items) {
    storage::CacheOptions options = SessionWorld::kDefaultOptions;
    options.memory_limit_bytes += static_cast<size_t>(items) * kLimitBytesPerItem;
    return options;
  }

  size_t AskOver(Session& session, std::string_view input) {
    if (session.Receive(input, false, world_.context(), sink_) != Session::Status::kReady) {
      std::abort();
    }
    const size_t bytes = sink_.total_bytes();
    sink_.Clear();
    return bytes;
  }

  SessionWorld world_;
  std::unique_ptr<Session> session_ = std::make_unique<Session>();
  ReplySink sink_;
};

// Sends the inputs in turn, so that more than one place of the cache is touched.
void RunSession(benchmark::State& state, BenchSession& session,
                const std::vector<std::string>& inputs, int64_t items) {
  size_t next = 0;
  size_t reply_bytes = 0;
  for (auto _ : state) {
    reply_bytes += session.Ask(inputs[next]);
    next = next + 1 == inputs.size() ? 0 : next + 1;
  }
  benchmark::DoNotOptimize(reply_bytes);
  state.SetItemsProcessed(state.iterations() * items);
}

void RunSession(benchmark::State& state, const std::vector<std::string>& inputs, int64_t items) {
  BenchSession session;
  RunSession(state, session, inputs, items);
}

void BM_SessionGet(benchmark::State& state) {
  std::vector<std::string> inputs;
  for (int i = 0; i < kItems; ++i) inputs.push_back("get " + Key(i) + "\r\n");
  RunSession(state, inputs, 1);
}
BENCHMARK(BM_SessionGet);

void BM_SessionGetMiss(benchmark::State& state) {
  std::vector<std::string> inputs;
  for (int i = 0; i < kItems; ++i) inputs.push_back("get absent:" + Key(i) + "\r\n");
  RunSession(state, inputs, 1);
}
BENCHMARK(BM_SessionGetMiss);

void BM_SessionSet(benchmark::State& state) {
  std::vector<std::string> inputs;
  for (int i = 0; i < kItems; ++i) inputs.push_back(SetLine(i));
  RunSession(state, inputs, 1);
}
BENCHMARK(BM_SessionSet);

void BM_SessionMetaGet(benchmark::State& state) {
  std::vector<std::string> inputs;
  for (int i = 0; i < kItems; ++i) inputs.push_back("mg " + Key(i) + " v\r\n");
  RunSession(state, inputs, 1);
}
BENCHMARK(BM_SessionMetaGet);

void BM_SessionMetaSet(benchmark::State& state) {
  std::vector<std::string> inputs;
  for (int i = 0; i < kItems; ++i) {
    inputs.push_back("ms " + Key(i) + " " + std::to_string(kValueBytes) + "\r\n" +
                     std::string(kValueBytes, 'v') + "\r\n");
  }
  RunSession(state, inputs, 1);
}
BENCHMARK(BM_SessionMetaSet);

void BM_SessionBinaryGet(benchmark::State& state) {
  std::vector<std::string> inputs;
  for (int i = 0; i < kItems; ++i) inputs.push_back(Packet(Opcode::kGet, "", Key(i), ""));
  RunSession(state, inputs, 1);
}
BENCHMARK(BM_SessionBinaryGet);

void BM_SessionBinarySet(benchmark::State& state) {
  std::vector<std::string> inputs;
  for (int i = 0; i < kItems; ++i) {
    inputs.push_back(
        Packet(Opcode::kSet, std::string(8, '\0'), Key(i), std::string(kValueBytes, 'v')));
  }
  RunSession(state, inputs, 1);
}
BENCHMARK(BM_SessionBinarySet);

// What libmemcached makes of a multi-get.
void BM_SessionBinaryMultiget(benchmark::State& state) {
  std::vector<std::string> inputs(kItems / kMultigetKeys);
  int key = 0;
  for (std::string& input : inputs) {
    for (int i = 0; i < kMultigetKeys; ++i) input += Packet(Opcode::kGetKQ, "", Key(key++), "");
    input += Packet(Opcode::kNoop, "", "", "");
  }
  RunSession(state, inputs, kMultigetKeys);
}
BENCHMARK(BM_SessionBinaryMultiget);

void BM_SessionPipelinedGets(benchmark::State& state) {
  std::vector<std::string> inputs(kItems / kPipelinedGets);
  int key = 0;
  for (std::string& input : inputs) {
    for (int i = 0; i < kPipelinedGets; ++i) input += "get " + Key(key++) + "\r\n";
  }
  RunSession(state, inputs, kPipelinedGets);
}
BENCHMARK(BM_SessionPipelinedGets);

void BM_SessionMultiget(benchmark::State& state) {
  std::vector<std::string> inputs(kItems / kMultigetKeys, "get");
  int key = 0;
  for (std::string& input : inputs) {
    for (int i = 0; i < kMultigetKeys; ++i) input += " " + Key(key++);
    input += "\r\n";
  }
  RunSession(state, inputs, kMultigetKeys);
}
BENCHMARK(BM_SessionMultiget);

// Items beyond what the processor keeps, asked for in random order.

void Sizes(benchmark::internal::Benchmark* bench) {
  for (const int items : {100'000, 1'000'000}) bench->Arg(items);
}

// Filling it takes longer than measuring.
BenchSession& SessionOver(int items) {
  static auto& sessions = *new std::map<int, std::unique_ptr<BenchSession>>;
  std::unique_ptr<BenchSession>& session = sessions[items];
  if (session == nullptr) session = std::make_unique<BenchSession>(items);
  return *session;
}

// One input after the other has the next keys, each as `request` writes it.
template <typename Request>
void RunRandom(benchmark::State& state, int keys_each, std::string_view before, Request request,
               std::string_view behind) {
  const auto items = static_cast<int>(state.range(0));
  std::vector<int> order(static_cast<size_t>(items));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  std::vector<std::string> inputs(static_cast<size_t>(items / keys_each));
  size_t next = 0;
  for (std::string& input : inputs) {
    input = before;
    for (int i = 0; i < keys_each; ++i) input += request(order[next++]);
    input += behind;
  }
  BenchSession& session = SessionOver(items);
  session.Reconnect();
  RunSession(state, session, inputs, keys_each);
}

std::string GetLine(int i) { return "get " + Key(i) + "\r\n"; }
std::string GetPacket(int i) { return Packet(Opcode::kGet, "", Key(i), ""); }
std::string QuietGetPacket(int i) { return Packet(Opcode::kGetKQ, "", Key(i), ""); }

void BM_RandomGet(benchmark::State& state) { RunRandom(state, 1, "", GetLine, ""); }
BENCHMARK(BM_RandomGet)->Apply(Sizes);

void BM_RandomPipelinedGets(benchmark::State& state) {
  RunRandom(state, kPipelinedGets, "", GetLine, "");
}
BENCHMARK(BM_RandomPipelinedGets)->Apply(Sizes);

void BM_RandomPipelinedSets(benchmark::State& state) {
  RunRandom(state, kPipelinedGets, "", SetLine, "");
}
BENCHMARK(BM_RandomPipelinedSets)->Apply(Sizes);

void BM_RandomBinaryPipelinedGets(benchmark::State& state) {
  RunRandom(state, kPipelinedGets, "", GetPacket, "");
}
BENCHMARK(BM_RandomBinaryPipelinedGets)->Apply(Sizes);

void BM_RandomMultiget(benchmark::State& state) {
  RunRandom(
      state, kMultigetKeys, "get", [](int i) { return " " + Key(i); }, "\r\n");
}
BENCHMARK(BM_RandomMultiget)->Apply(Sizes);

void BM_RandomBinaryMultiget(benchmark::State& state) {
  RunRandom(state, kMultigetKeys, "", QuietGetPacket, Packet(Opcode::kNoop, "", "", ""));
}
BENCHMARK(BM_RandomBinaryMultiget)->Apply(Sizes);

}  // namespace
}  // namespace ringcached::protocol
