import MPI

// count
struct Report: Codable {
  var host: String
  var times: [Double]
  var remark: String?
}
// end

@main
struct Send {
  static func main() throws {
    try withMPI { world in
      if world.rank == 1 {
        let report = Report(host: "node1", times: [1.5, 2.5, 3.5], remark: nil)
        // count
        try world.send(object: report, to: 0)
        // end
      } else if world.rank == 0 {
        // count
        let report = try world.receive(object: Report.self, from: 1)
        // end
        print("\(report.host): \(report.times), \(report.remark ?? "no remark")")
      }
    }
  }
}
