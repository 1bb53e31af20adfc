// Code that only starting needed.

#ifndef RINGCACHED_SERVER_PROCESS_START_UP_CODE_H_
#define RINGCACHED_SERVER_PROCESS_START_UP_CODE_H_

namespace ringcached::server {

// Takes the pages of program and libraries that hold code and constants out of the process. They
// stay in the system's cache; what is used again is mapped again, at less than a microsecond a
// piece. Parsing options and linking touch more of them than serving does.
void ForgetStartUpCode();

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_START_UP_CODE_H_
