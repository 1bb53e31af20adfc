#include "bench/trace/size_model.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/trace/mix.h"

namespace ringcached::trace {
namespace {

// So that lengths are independent of whatever else is drawn from an object's number.
constexpr uint64_t kSizeSeed = 0x5157e5;

// The numbers of "name": [1, 2, 3].
std::optional<std::vector<double>> ReadArray(std::string_view json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\"");
  if (at == std::string_view::npos) return std::nullopt;
  const size_t begin = json.find('[', at);
  const size_t end = json.find(']', at);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return std::nullopt;
  }
  std::vector<double> numbers;
  for (const absl::string_view text :
       absl::StrSplit(absl::string_view(json.data() + begin + 1, end - begin - 1), ',')) {
    double number = 0;
    if (!absl::SimpleAtod(text, &number) || number < 0) return std::nullopt;
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

SizeModel::SizeModel(uint32_t value_bytes) : lengths_{value_bytes}, weights_up_to_{1} {}

absl::StatusOr<SizeModel> SizeModel::Read(const std::string& path, uint32_t max_value_bytes) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return Parse(text.str(), max_value_bytes);
}

absl::StatusOr<SizeModel> SizeModel::Parse(std::string_view json, uint32_t max_value_bytes) {
  const auto lengths = ReadArray(json, "valSizeRange");
  const auto weights = ReadArray(json, "valSizeRangeProbability");
  if (!lengths.has_value() || !weights.has_value() || lengths->size() != weights->size()) {
    return absl::InvalidArgumentError("not a histogram of value sizes");
  }
  SizeModel model;
  double sum = 0;
  for (size_t i = 0; i < lengths->size(); ++i) {
    sum += (*weights)[i];
    model.lengths_.push_back(
        static_cast<uint32_t>(std::min<double>((*lengths)[i], max_value_bytes)));
    model.weights_up_to_.push_back(sum);
  }
  if (sum <= 0) return absl::InvalidArgumentError("a histogram without weights");
  return model;
}

uint32_t SizeModel::ValueBytes(uint64_t object) const {
  const double drawn = MixToUnit(object ^ kSizeSeed) * weights_up_to_.back();
  const auto found = std::upper_bound(weights_up_to_.begin(), weights_up_to_.end(), drawn);
  return lengths_[static_cast<size_t>(found - weights_up_to_.begin())];
}

}  // namespace ringcached::trace
