// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CSQLite

#if canImport(Darwin)
  import Darwin
#endif

/// The kind of file system that a store lies on, which decides how it is written.
package struct FileSystem: Sendable, Hashable {
  /// Its name: ext4, nfs, and so on.
  package var name: String
  /// Whether only this host has it, so that locks and memory that is mapped from files work.
  package var isLocal: Bool

  package init(name: String, isLocal: Bool) {
    self.name = name
    self.isLocal = isLocal
  }

  /// The one that a folder lies on. One that is not known counts as one that other hosts have too.
  package static func of(folder: String) -> FileSystem {
    #if canImport(Darwin)
      var information = statfs()
      guard statfs(folder, &information) == 0 else { return FileSystem(name: "unknown", isLocal: false) }
      let name = withUnsafeBytes(of: information.f_fstypename) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      return FileSystem(name: name, isLocal: information.f_flags & UInt32(MNT_LOCAL) != 0)
    #else
      guard let type = UInt32(exactly: csqlite_file_system(folder)) else {
        return FileSystem(name: "unknown", isLocal: false)
      }
      if let name = localTypes[type] { return FileSystem(name: name, isLocal: true) }
      if let name = sharedTypes[type] { return FileSystem(name: name, isLocal: false) }
      return FileSystem(name: "0x" + String(type, radix: 16), isLocal: false)
    #endif
  }

  /// The numbers of `statfs(2)` for those of one host.
  private static let localTypes: [UInt32: String] = [
    0xEF53: "ext4", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0x0102_1994: "tmpfs", 0x794C_7630: "overlayfs",
    0x2FC1_2FC1: "zfs", 0xF2F5_2010: "f2fs", 0x8584_58F6: "ramfs", 0xCA45_1A4E: "bcachefs", 0x3153_464A: "jfs",
    0x5265_4973: "reiserfs",
  ]

  /// And for those that other hosts have too.
  private static let sharedTypes: [UInt32: String] = [
    0x6969: "nfs", 0x0BD0_0BD0: "lustre", 0x4750_4653: "gpfs", 0x1983_0326: "beegfs", 0xFF53_4D42: "cifs",
    0xFE53_4D42: "smb2", 0x517B: "smb", 0x00C3_6400: "ceph", 0x6573_5546: "fuse", 0x0116_1970: "gfs2",
    0x7461_636F: "ocfs2", 0x0102_1997: "9p", 0x5346_414F: "afs", 0x7375_7245: "coda", 0xAAD7_AAEA: "panfs",
    0x2003_0528: "orangefs", 0x7C7C_6673: "pvfs",
  ]
}
