#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# schemes.sh - the plugins without options of their own pass level 5.
set -e

for stem in ed25519 schnorr; do
    file=$VT_TEST_PLUGIN_DIR/$stem.so
    [ ! -f "$file" ] || "$VT_TEST_BUILD_DIR/vtchain" plugin check \
        --conformance "$file"
done
