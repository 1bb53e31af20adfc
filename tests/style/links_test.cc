// Links of small pages, and those of this repository's.

#include "tests/style/links.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ringcached::style {
namespace {

bool IsKnown(const std::string& path) { return path == "bench/README.md" || path == "config/"; }

std::size_t LinkFindings(std::string path, std::string text) {
  return CheckLinks(MakeSourceFile(std::move(path), std::move(text)), IsKnown).size();
}

TEST(LinksTest, LeadToFilesAndFolders) {
  EXPECT_EQ(LinkFindings("README.md", "[a](bench/README.md), [b](config/)\n"), 0u);
  EXPECT_EQ(LinkFindings("README.md", "[a](bench/README.md), [b](bench/MISSING.md)\n"), 1u);
  EXPECT_EQ(LinkFindings("README.md", "![a picture\nin two lines](bench/missing.svg)\n"), 1u);
  EXPECT_EQ(LinkFindings("README.md", "[a](bench/README.md#targets)\n"), 0u);
}

TEST(LinksTest, StartAtThePagesFolder) {
  EXPECT_EQ(LinkFindings("bench/README.md", "[a](README.md), [b](../config/)\n"), 0u);
  EXPECT_EQ(LinkFindings("bench/README.md", "[a](bench/README.md)\n"), 1u);
}

TEST(LinksTest, LeadToHeadings) {
  const std::string page = "# Name\n\n## What works, what not\n\n";
  EXPECT_EQ(LinkFindings("README.md", page + "[a](#what-works-what-not)\n"), 0u);
  EXPECT_EQ(LinkFindings("README.md", page + "[a](#what-works)\n"), 1u);
}

TEST(LinksTest, OtherPlacesAndCodeAreNotLookedAt) {
  EXPECT_EQ(LinkFindings("README.md", "[a](https://example.org/)\n"), 0u);
  EXPECT_EQ(LinkFindings("README.md", "`[](int)` and\n\n    [&](missing)\n"), 0u);
}

std::vector<SourceFile> Pages(const std::filesystem::path& root) {
  std::vector<SourceFile> pages = LoadFolder(root);
  for (SourceFile& file : LoadTree(
           root, {"storage", "protocol", "server", "tests", "bench", "cmake", "config", "setup"})) {
    pages.push_back(std::move(file));
  }
  std::erase_if(pages, [](const SourceFile& file) { return !IsPage(file); });
  return pages;
}

TEST(LinksTest, ThoseOfTheRepositoryLeadSomewhere) {
  const std::filesystem::path root = RINGCACHED_SOURCE_DIR;
  const auto exists = [&](const std::string& path) { return std::filesystem::exists(root / path); };
  const std::vector<SourceFile> pages = Pages(root);
  EXPECT_FALSE(pages.empty());
  for (const SourceFile& page : pages) {
    for (const Finding& finding : CheckLinks(page, exists)) {
      ADD_FAILURE() << finding.path << ":" << finding.line << ": " << finding.message;
    }
  }
}

}  // namespace
}  // namespace ringcached::style
