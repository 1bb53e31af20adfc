// Links between the pages of the repository: where they point, there is something.

#ifndef RINGCACHED_TESTS_STYLE_LINKS_H_
#define RINGCACHED_TESTS_STYLE_LINKS_H_

#include <functional>
#include <string>

#include "tests/style/rules.h"
#include "tests/style/source_file.h"

namespace ringcached::style {

// A link of a page in Markdown names a file or folder that `exists` says is there, by its path from
// the repository's root, or a heading of its own page. Links that name a scheme, such as https, and
// what stands in code are not looked at.
Findings CheckLinks(const SourceFile& page, const std::function<bool(const std::string&)>& exists);

bool IsPage(const SourceFile& file);

}  // namespace ringcached::style

#endif  // RINGCACHED_TESTS_STYLE_LINKS_H_
