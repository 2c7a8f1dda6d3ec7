import MPI
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory that the processes of a machine read together; one of them has filled it.
///
/// It is a file without a name in a file system that is memory, so nothing is left of it once the processes are gone, however
/// they end. The others open it by the descriptor of the process that made it.
final class SharedMemory: @unchecked Sendable {
  /// Where another process finds it.
  struct Location: BitwiseCopyable, Sendable, Equatable {
    var process: Int32
    var descriptor: Int32
    /// The file's number: what is found there must be this file.
    var file: UInt64
    var byteCount: Int
  }

  /// Why there is none.
  struct Problem: Error, CustomStringConvertible {
    var description: String

    init(_ what: String, _ code: Int32) { description = "\(what): \(String(cString: strerror(code)))" }
    init(_ text: String) { description = text }
  }

  /// Where files are memory, and where the descriptors of processes are found. Tests look elsewhere.
  static let folders = Mutex((memory: "/dev/shm", processes: "/proc"))

  let location: Location
  private let start: UnsafeMutableRawPointer

  /// What is in it.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: location.byteCount) }

  #if os(Linux)
    /// Makes one with these bytes, at least one.
    init(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
      let folder = Self.folders.withLock { $0.memory }
      let descriptor = open(folder, O_RDWR | O_DIRECTORY | Self.withoutName | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw Problem("no file can be made in \(folder)", errno) }
      // All of it now: what is full later would end the process.
      let code = posix_fallocate(descriptor, 0, off_t(bytes.count))
      guard code == 0 else {
        close(descriptor)
        throw Problem("no room for \(Formatting.bytes(bytes.count)) in \(folder)", code)
      }
      do {
        start = try Self.map(descriptor, bytes.count, PROT_READ | PROT_WRITE)
      } catch {
        close(descriptor)
        throw error
      }
      start.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
      mprotect(start, bytes.count, PROT_READ)
      location = Location(
        process: getpid(), descriptor: descriptor, file: Self.number(of: descriptor), byteCount: bytes.count)
    }

    /// Opens one that another process of this machine has made.
    init(at place: Location) throws(Problem) {
      let path = "\(Self.folders.withLock { $0.processes })/\(place.process)/fd/\(place.descriptor)"
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw Problem("\(path) can't be opened", errno) }
      defer { close(descriptor) }
      guard Self.number(of: descriptor) == place.file else { throw Problem("\(path) is another file") }
      start = try Self.map(descriptor, place.byteCount, PROT_READ)
      location = place
    }

    deinit {
      munmap(start, location.byteCount)
      if location.process == getpid() { close(location.descriptor) }
    }

    /// `O_TMPFILE`, but for the folder's own flag.
    private static let withoutName: Int32 = 0o20000000

    private static func number(of descriptor: Int32) -> UInt64 {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return 0 }
      return UInt64(status.st_ino) ^ UInt64(status.st_dev) << 40
    }

    private static func map(
      _ descriptor: Int32, _ byteCount: Int, _ protection: Int32
    ) throws(Problem) -> UnsafeMutableRawPointer {
      let address = mmap(nil, byteCount, protection, MAP_SHARED, descriptor, 0)
      guard let address, address != MAP_FAILED else { throw Problem("memory can't be shared", errno) }
      return address
    }
  #else
    init(_ bytes: UnsafeRawBufferPointer) throws(Problem) { throw Problem("this system has no files without a name") }
    init(at place: Location) throws(Problem) { throw Problem("this system has no files without a name") }
  #endif
}
