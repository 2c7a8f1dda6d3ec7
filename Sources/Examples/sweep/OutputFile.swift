import Foundation

/// A file that is there when it is whole, and not before: it is written under another name, and renamed at the end.
final class OutputFile {
  /// Why it can't be written.
  struct Failure: Error {
    var text: String
  }

  private let path: String
  private let temporary: String
  private var handle: FileHandle?
  private var waiting = ""

  init(_ path: String) throws(Failure) {
    self.path = path
    temporary = path + ".part-\(ProcessInfo.processInfo.processIdentifier)"
    guard FileManager.default.createFile(atPath: temporary, contents: nil),
      let handle = FileHandle(forWritingAtPath: temporary)
    else {
      throw Failure(text: "'\(path)' can't be written: \(String(cString: strerror(errno)))")
    }
    self.handle = handle
  }

  deinit {
    guard handle != nil else { return }
    try? handle?.close()
    try? FileManager.default.removeItem(atPath: temporary)
  }

  /// Adds a line of cells.
  func write(_ cells: [String]) throws(Failure) {
    waiting += cells.map(ParameterTable.written).joined(separator: ",") + "\n"
    if waiting.utf8.count > 1 << 16 { try flush() }
  }

  /// Gives it its name.
  func finish() throws(Failure) {
    try flush()
    do { try handle?.close() } catch {
      throw Failure(text: "'\(path)' can't be written: \(error.localizedDescription)")
    }
    guard rename(temporary, path) == 0 else {
      throw Failure(text: "'\(path)' can't be written: \(String(cString: strerror(errno)))")
    }
    handle = nil
  }

  private func flush() throws(Failure) {
    do {
      try handle?.write(contentsOf: Data(waiting.utf8))
    } catch {
      throw Failure(text: "'\(path)' can't be written: \(error.localizedDescription)")
    }
    waiting = ""
  }
}
