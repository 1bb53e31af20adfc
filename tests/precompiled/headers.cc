#include "tests/precompiled/headers.h"
