import CLinker

/// The code and constants of the program and its libraries, as far as they are mapped into this process.
enum MappedCode {
    /// Gives back what the start alone needed: reading the rules, building the schema, linking.
    ///
    /// The kernel maps sixteen pages around each one that is touched, and keeps them. They stay in the page cache, so
    /// that whatever is still in use comes back by a page fault, without reading.
    static func release() { linker_release_pages() }
}
