// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whether there is a file at a path.
package func isFile(_ path: String) -> Bool {
  var information = stat()
  return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
}

/// How many bytes a file has; 0 if there is none.
package func sizeOfFile(_ path: String) -> Int {
  var information = stat()
  return stat(path, &information) == 0 ? Int(information.st_size) : 0
}

/// A number for the contents of the program that this process runs: another one if it was built again, with other code.
package func fingerprintOfProgram() -> String {
  #if os(Linux)
    let path = "/proc/self/exe"
  #else
    let path = CommandLine.arguments.first ?? ""
  #endif
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return "unknown" }
  defer { close(file) }
  var information = stat()
  guard fstat(file, &information) == 0, information.st_size > 0 else { return "unknown" }
  let size = Int(information.st_size)
  guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), memory != MAP_FAILED else { return "unknown" }
  defer { munmap(memory, size) }
  // Eight bytes at a time: a program has tens of megabytes, and this is asked when a job begins.
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(size)
  let words = UnsafeRawBufferPointer(start: memory, count: size / 8 * 8).bindMemory(to: UInt64.self)
  var place = words.baseAddress!
  let end = place + words.count
  while place < end {
    hash = (hash ^ place.pointee) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 29
    place += 1
  }
  return String(hash, radix: 16)
}
