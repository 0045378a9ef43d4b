#pragma once

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own loop (https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library), which is linked by
/// `-sanitize=fuzzer`.
int LLVMFuzzerRunDriver(
    int *_Nonnull argc, char *_Nullable *_Nonnull *_Nonnull argv,
    int (*_Nonnull take)(const uint8_t *_Nullable data, size_t size));
