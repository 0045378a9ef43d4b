import Testing

@testable import Notifiers
