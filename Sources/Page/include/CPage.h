#pragma once

#include <stddef.h>

/// A file of the page, in the binary from the build on.
typedef struct CPageFile {
    /// Its place below `/assets`: `app.js`, `views/now.js`.
    const char *name;
    const unsigned char *bytes;
    size_t size;
} CPageFile;

/// How many there are.
size_t cpage_count(void);

/// The file at an index below `cpage_count()`.
CPageFile cpage_file(size_t index);
