#include "protocol/lookup_batch.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace ringcached::protocol {
namespace {

class LookupBatchTest : public testing::Test {
 protected:
  // The right hash, of the right bytes.
  void ExpectHash(std::string_view key) {
    const storage::HashedKey hashed = batch_.HashOf(key);
    EXPECT_EQ(hashed.hash, cache_->Hash(key).hash) << key;
    EXPECT_EQ(hashed.bytes.data(), key.data());
    EXPECT_EQ(hashed.bytes.size(), key.size());
  }

  std::unique_ptr<storage::Cache> cache_ =
      *storage::Cache::Create({.memory_limit_bytes = size_t{8} << 20, .hash_seed = 1});
  LookupBatch batch_{*cache_};
  const std::string input_ = "first second third fourth";
  const std::string_view first_ = std::string_view(input_).substr(0, 5);
  const std::string_view second_ = std::string_view(input_).substr(6, 6);
  const std::string_view third_ = std::string_view(input_).substr(13, 5);
  const std::string_view fourth_ = std::string_view(input_).substr(19, 6);
};

TEST_F(LookupBatchTest, HashesWhatItHasNot) {
  ExpectHash(first_);
  batch_.Add(first_);
  ExpectHash(second_);
  EXPECT_EQ(batch_.left(), 1u);
}

TEST_F(LookupBatchTest, GivesItsKeysInOrder) {
  for (const std::string_view key : {first_, second_, third_}) batch_.Add(key);
  batch_.PrefetchItems();
  EXPECT_EQ(batch_.size(), 3u);
  for (const std::string_view key : {first_, second_, third_}) ExpectHash(key);
  EXPECT_EQ(batch_.left(), 0u);
  ExpectHash(first_);
}

TEST_F(LookupBatchTest, PassesOverWhatNobodyTook) {
  for (const std::string_view key : {first_, second_, third_}) batch_.Add(key);
  ExpectHash(second_);
  EXPECT_EQ(batch_.left(), 1u);
  ExpectHash(first_);
  EXPECT_EQ(batch_.left(), 1u);
  ExpectHash(third_);
  EXPECT_EQ(batch_.left(), 0u);
}

TEST_F(LookupBatchTest, TakesTheVeryBytesAlone) {
  const std::string same(first_);
  batch_.Add(first_);
  ExpectHash(same);
  ExpectHash(first_.substr(0, 4));
  ExpectHash(first_.substr(1));
  EXPECT_EQ(batch_.left(), 1u);
}

TEST_F(LookupBatchTest, IsHarmlessWhenItsInputIsGone) {
  {
    const std::string gone(100, 'g');
    for (size_t i = 0; i < 10; ++i) batch_.Add(std::string_view(gone).substr(i * 10, 10));
  }
  ExpectHash(first_);
  EXPECT_FALSE(batch_.LeadsBeyond(input_, 0));
  batch_.PrefetchItems();
}

TEST_F(LookupBatchTest, ForgetsAllThatWasCleared) {
  std::string buffer = "key";
  batch_.Add(buffer);
  batch_.Clear();
  buffer = "yek";
  ExpectHash(buffer);
}

TEST_F(LookupBatchTest, HasABound) {
  for (size_t i = 0; i < kLookupBatchKeys; ++i) {
    EXPECT_FALSE(batch_.full());
    batch_.Add(first_);
  }
  EXPECT_TRUE(batch_.full());
  batch_.Clear();
  EXPECT_FALSE(batch_.full());
}

TEST_F(LookupBatchTest, KnowsWhetherItLeadsIntoTheRest) {
  EXPECT_FALSE(batch_.LeadsBeyond(input_, 0));
  for (const std::string_view key : {first_, second_, third_}) batch_.Add(key);
  EXPECT_TRUE(batch_.LeadsBeyond(input_, 0));
  EXPECT_EQ(batch_.left(), 3u);
  // Behind the second key, which nobody took.
  EXPECT_TRUE(batch_.LeadsBeyond(input_, 12));
  EXPECT_EQ(batch_.left(), 1u);
  EXPECT_FALSE(batch_.LeadsBeyond(input_, 18));
  EXPECT_EQ(batch_.left(), 0u);
}

TEST_F(LookupBatchTest, OfOthersInputIsNotPassedOver) {
  const std::string other = "other";
  batch_.Add(other);
  batch_.Add(fourth_);
  EXPECT_FALSE(batch_.LeadsBeyond(input_, 0));
  EXPECT_FALSE(batch_.LeadsBeyond(input_, 18));
  EXPECT_EQ(batch_.left(), 2u);
}

}  // namespace
}  // namespace ringcached::protocol
