from dataclasses import dataclass
from mpi4py import MPI

# count
@dataclass
class Report:
    host: str
    times: list[float]
    remark: str | None
# end

comm = MPI.COMM_WORLD
if comm.rank == 1:
    report = Report("node1", [1.5, 2.5, 3.5], None)
    # count
    comm.send(report, dest=0)
    # end
elif comm.rank == 0:
    # count
    report = comm.recv(source=1)
    # end
    print(f"{report.host}: {report.times}, {report.remark or 'no remark'}")
