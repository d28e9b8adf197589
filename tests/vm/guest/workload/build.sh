#!/bin/sh
# Compiles the workload, static: build.sh OUT
exec gcc -O2 -Wall -Wextra -Werror -static -pthread -o "$1" "$(dirname "$0")"/*.c
