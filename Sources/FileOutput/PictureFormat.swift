// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What format a picture has by its name.
public enum PictureFormat {
  /// The format that programs expect of a file by its name, if it is one for pictures.
  public static func named(by path: String) -> String? {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
    return switch name[name.index(after: dot)...].lowercased() {
    case "png": "PNG"
    case "svg": "SVG"
    case "svgz": "compressed SVG"
    case "jpg", "jpeg", "jpe", "jfif": "JPEG"
    case "gif": "GIF"
    case "bmp", "dib": "BMP"
    case "tif", "tiff": "TIFF"
    case "webp": "WebP"
    case "avif": "AVIF"
    case "heic", "heif": "HEIC"
    case "jxl": "JPEG XL"
    case "jp2", "j2k": "JPEG 2000"
    case "pdf": "PDF"
    case "ps", "eps": "PostScript"
    case "pbm", "pgm", "ppm", "pnm": "PNM"
    case "ico": "ICO"
    case "tga": "TGA"
    case "exr": "OpenEXR"
    default: nil
    }
  }
}
