#!/bin/sh
# A name of sandbox and images is one type. If it were two, the linker would keep one of two
# functions for both. GCC compares all types of all sources (-Wodr) when it joins their objects.
#                                                          sh tests/support/odr.sh [ROOT]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/report.sh"
cd "${1:-$here/../..}"

build=build/odr
objects_of_all_sources() { # a room is one unit; neither optimised nor translated to machine code
    cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=g++ -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_CXX_FLAGS_DEBUG= -DCMAKE_CXX_FLAGS=-flto -DCMAKE_UNITY_BUILD=ON \
        -DBUILD_TESTING=OFF &&
        cmake --build "$build" --target outis_sandbox outis_images
}

one_type_a_name() {
    g++ -flto -flinker-output=rel -r -nostdlib -Wodr -Werror=odr -o "$build/all.o" \
        -Wl,--whole-archive "$build/sandbox/liboutis_sandbox.a" "$build/images/liboutis_images.a"
}

if ! command -v g++ > /dev/null; then
    skip 'a name is one type' 'g++ is not installed'
elif succeeds 'sources compile for a comparison of types' objects_of_all_sources; then
    succeeds 'a name is one type' one_type_a_name || true
fi
finish
