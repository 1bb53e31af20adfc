# On Debian 12 or 13 with only git and make, `make run` starts the server and `make test` tests it.
# Each target first installs the packages that are missing.

# More options for the server: make run ARGS='-m 1024 -t 8'
ARGS =

# Like memcached, the server refuses to run as root unless -u says so.
ifeq ($(shell id -u),0)
as_user = -u root
endif

.PHONY: run test test-rest test-all deb format clean

run:
	@setup/install-packages setup/packages-build
	@setup/build release ringcached
	@build/release/server/ringcached $(as_user) $(ARGS)

test:
	@setup/install-packages setup/packages-build
	@setup/build release
	@setup/run-tests release

# What test-all runs beyond test.
test-rest:
	@setup/install-packages setup/packages-build setup/packages-deb setup/packages-test-all
	@setup/unpack-package memcached build/peers/memcached
	@setup/unpack-package prometheus build/peers/prometheus
	@setup/install-node-clients build/clients/node
	@setup/build release
	@setup/test-rest

test-all: test
	@$(MAKE) --no-print-directory test-rest

# Prints the path of the package.
deb:
	@setup/install-packages setup/packages-build setup/packages-deb
	@setup/build-deb

format:
	@find storage protocol server tests bench \( -name '*.h' -o -name '*.cc' \) -print0 | \
	  xargs -0 clang-format -i

clean:
	rm -rf build
