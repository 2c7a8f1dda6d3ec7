// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What a small message takes by the thread level with which MPI was begun, beside a C program with `MPI_Init`.
func levelsSection(_ levels: [LevelTime]) -> String {
  func summary(_ level: String, _ form: String) -> Summary? {
    let seconds = levels.filter { $0.level == level && $0.form == form }.map(\.seconds)
    return seconds.isEmpty ? nil : Summary(seconds)
  }
  let names = levels.reduce(into: [String]()) { if !$0.contains($1.level) { $0.append($1.level) } }
  let plain = summary("MPI_Init", "C")
  func cells(_ level: String, _ form: String) -> [String] {
    guard let all = summary(level, form) else { return ["", ""] }
    let text = "\(duration(all.median)) (\(duration(all.min))–\(duration(all.max)))"
    return [text, plain.map { fixed(all.median / $0.median, 2) } ?? ""]
  }
  let launches = levels.count { $0.level == levels.first?.level && $0.form == levels.first?.form }
  return """
    ## Thread levels

    One way of a ping-pong of 8 bytes, between two processes of their own for each line, launched \(launches) times by
    turns: the median of the launches, the least and the most. All other tables have C and Swift in one process, so what
    the thread level costs both is seen here alone. `withMPI` begins at `single`, its asynchronous form at `multiple`.


    """
      + table(
        ["MPI begun by", "C", "to C by `MPI_Init`", "Swift, span", "to C by `MPI_Init`"],
        names.map { name in
          [name == "MPI_Init" ? "C, `MPI_Init`" : "`withMPI(threads: .\(name))`"] + cells(name, "C")
            + cells(name, "span")
        })
}
