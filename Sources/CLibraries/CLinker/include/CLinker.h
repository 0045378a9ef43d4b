#pragma once

/// Unmaps the code and constants of the program and its libraries; what is in use comes back by a page fault.
void linker_release_pages(void);
