#!/usr/bin/env bash
# Fuzzes targets side by side on a stable toolchain: FUZZ_SECONDS=20 fuzz/run.sh [TARGET ...], all of them by default.
# Needs a C++ compiler for libFuzzer, and nothing else: no cargo-fuzz, no nightly, no sanitizer (the project has no
# unsafe code of its own). Seeds are copied, so that what is found on the way does not get among them. Ends with 1 if an
# input breaks a promise; README.md says what to do with it.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${FUZZ_SECONDS:-20}
jobs=${FUZZ_JOBS:-$(nproc 2> /dev/null || echo 2)}
targets=("$@")
if [ ${#targets[@]} = 0 ]; then
  for file in fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi
for target in "${targets[@]}"; do
  [ -f "fuzz_targets/$target.rs" ] || { echo "there is no fuzz target '$target'" >&2; exit 1; }
done
command -v "${CXX:-c++}" > /dev/null || { echo "libFuzzer needs a C++ compiler (g++ or clang++)" >&2; exit 1; }

# Counters for edges and comparisons, as cargo-fuzz asks for. With a target named they are not in what compiling itself
# runs, which is the workspace's then: the same profile, the same folder.
host=$(rustc -vV | sed -n 's/^host: //p')
coverage="-Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
coverage+=" -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../target}
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module $coverage" \
  "${CARGO:-cargo}" build --quiet --locked --target "$host" "${targets[@]/#/--bin=}"

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$folder"' EXIT
touch "$folder/start"

fuzz() {
  local target=$1 log=$folder/$1.log
  mkdir -p "$folder/$target" "artifacts/$target"
  cp "seeds/$target"/* "$folder/$target/"
  "$CARGO_TARGET_DIR/$host/debug/$target" "$folder/$target" -max_total_time="$seconds" -max_len=16384 -timeout=10 \
    -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="artifacts/$target/" > "$log" 2>&1
}

# One line for a target: how much of the code the seeds reach, how much all inputs do. Without counters both are 0.
report() {
  awk -v target="$1" '
    /INITED/ { for (i = 1; i < NF; i++) if ($i == "cov:") first = $(i + 1) }
    { for (i = 1; i < NF; i++) if ($i == "cov:") last = $(i + 1) }
    /^stat::number_of_executed_units/ { runs = $2 }
    /^stat::peak_rss_mb/ { memory = $2 }
    END {
      printf "%-9s %10d runs, %d MB, edges from %d to %d\n", target, runs, memory, first, last
      exit !(runs > 0 && first > 0 && last >= first)
    }' "$folder/$1.log"
}

failed=()
finish() {
  if ! wait "$2" || ! report "$1"; then
    failed+=("$1")
    tail -n 40 "$folder/$1.log" >&2
  fi
}
names=() pids=()
for target in "${targets[@]}"; do
  if [ ${#pids[@]} -ge "$jobs" ]; then
    finish "${names[0]}" "${pids[0]}"
    names=("${names[@]:1}") pids=("${pids[@]:1}")
  fi
  fuzz "$target" &
  names+=("$target") pids+=($!)
done
for index in "${!pids[@]}"; do finish "${names[$index]}" "${pids[$index]}"; done

if [ ${#failed[@]} != 0 ]; then
  echo "FAILED: ${failed[*]}. The inputs:" >&2
  find "${failed[@]/#/artifacts/}" -type f -newer "$folder/start" -exec echo "fuzz/{}" \; >&2
  exit 1
fi
