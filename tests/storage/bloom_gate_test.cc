#include "storage/bloom_gate.h"

#include <gtest/gtest.h>

namespace ringcached::storage {
namespace {

// Lookups that reach the index between two decisions.
constexpr int kWindow = 4096;

// A window of lookups, of which the first `misses` miss.
void NoteWindow(BloomGate* gate, int misses) {
  for (int i = 0; i < misses; ++i) gate->NoteMiss();
  for (int i = misses; i < kWindow; ++i) gate->NoteHits(1);
}

// One that has decided against asking.
BloomGate& Stop(BloomGate& gate) {
  NoteWindow(&gate, 0);
  EXPECT_FALSE(gate.Asks());
  return gate;
}

TEST(BloomGate, OnAlwaysAsksAndOffNever) {
  BloomGate on(BloomMode::kOn);
  BloomGate off(BloomMode::kOff);
  for (const int misses : {0, kWindow, 0}) {
    EXPECT_TRUE(on.Asks());
    EXPECT_FALSE(off.Asks());
    NoteWindow(&on, misses);
    NoteWindow(&off, misses);
  }
}

TEST(BloomGate, AutoBeginsByAskingAndDecidesAfterAWindow) {
  BloomGate gate(BloomMode::kAuto);
  for (int i = 0; i < kWindow - 1; ++i) gate.NoteHits(1);
  EXPECT_TRUE(gate.Asks());
  gate.NoteHits(1);
  EXPECT_FALSE(gate.Asks());
}

TEST(BloomGate, HitsMayBeToldTogether) {
  BloomGate gate(BloomMode::kAuto);
  for (int i = 0; i < kWindow / 16 - 1; ++i) gate.NoteHits(16);
  EXPECT_TRUE(gate.Asks());
  gate.NoteHits(16);
  EXPECT_FALSE(gate.Asks());
}

// Of 4096 lookups, 204 are below a twentieth and 205 are not.
TEST(BloomGate, StopsBelowATwentiethOfMisses) {
  BloomGate gate(BloomMode::kAuto);
  NoteWindow(&gate, 205);
  EXPECT_TRUE(gate.Asks());
  NoteWindow(&gate, 204);
  EXPECT_FALSE(gate.Asks());
}

// 409 are below a tenth and 410 are not.
TEST(BloomGate, AsksAgainFromATenthOfMissesOn) {
  BloomGate gate(BloomMode::kAuto);
  Stop(gate);
  NoteWindow(&gate, 409);
  EXPECT_FALSE(gate.Asks());
  NoteWindow(&gate, 410);
  EXPECT_TRUE(gate.Asks());
}

TEST(BloomGate, BetweenTheTwoItGoesOnAsItWas) {
  BloomGate gate(BloomMode::kAuto);
  for (int i = 0; i < 3; ++i) NoteWindow(&gate, 300);
  EXPECT_TRUE(gate.Asks());
  Stop(gate);
  for (int i = 0; i < 3; ++i) NoteWindow(&gate, 300);
  EXPECT_FALSE(gate.Asks());
}

TEST(BloomGate, WhatTheFilterAnsweredIsAMissToo) {
  BloomGate gate(BloomMode::kAuto);
  // 216 of 4312 are just above a twentieth, though no lookup of the index misses.
  for (int i = 0; i < 216; ++i) gate.CountNegative();
  NoteWindow(&gate, 0);
  EXPECT_TRUE(gate.Asks());
  EXPECT_EQ(gate.negatives(), 216u);
}

TEST(BloomGate, ANegativeCountsForItsOwnWindowAlone) {
  BloomGate gate(BloomMode::kAuto);
  for (int i = 0; i < kWindow; ++i) gate.CountNegative();
  NoteWindow(&gate, 0);
  EXPECT_TRUE(gate.Asks());
  NoteWindow(&gate, 0);
  EXPECT_FALSE(gate.Asks());
  EXPECT_EQ(gate.negatives(), uint64_t{kWindow});
}

TEST(BloomGate, MissesCountForTheirOwnWindowAlone) {
  BloomGate gate(BloomMode::kAuto);
  NoteWindow(&gate, kWindow);
  EXPECT_TRUE(gate.Asks());
  NoteWindow(&gate, 0);
  EXPECT_FALSE(gate.Asks());
}

}  // namespace
}  // namespace ringcached::storage
