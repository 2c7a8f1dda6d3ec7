#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// count
typedef struct {
  char *host;
  int count;
  double *times;
  char *remark;  // or NULL
} report_t;

// Four messages: they take fewer lines than one packed buffer.
static void send_report(const report_t *report, int to) {
  int lengths[] = {strlen(report->host), report->count, report->remark ? (int)strlen(report->remark) : -1};
  MPI_Send(lengths, 3, MPI_INT, to, 0, MPI_COMM_WORLD);
  MPI_Send(report->host, lengths[0], MPI_CHAR, to, 0, MPI_COMM_WORLD);
  MPI_Send(report->times, lengths[1], MPI_DOUBLE, to, 0, MPI_COMM_WORLD);
  if (report->remark) MPI_Send(report->remark, lengths[2], MPI_CHAR, to, 0, MPI_COMM_WORLD);
}

static report_t receive_report(int from) {
  int lengths[3];
  MPI_Recv(lengths, 3, MPI_INT, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  report_t report = {calloc(lengths[0] + 1, 1), lengths[1], malloc(lengths[1] * sizeof(double)), NULL};
  MPI_Recv(report.host, lengths[0], MPI_CHAR, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  MPI_Recv(report.times, lengths[1], MPI_DOUBLE, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  if (lengths[2] >= 0) {
    report.remark = calloc(lengths[2] + 1, 1);
    MPI_Recv(report.remark, lengths[2], MPI_CHAR, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
  return report;
}
// end

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 1) {
    double times[] = {1.5, 2.5, 3.5};
    report_t report = {"node1", 3, times, NULL};
    // count
    send_report(&report, 0);
    // end
  } else if (rank == 0) {
    // count
    report_t report = receive_report(1);
    // end
    printf("%s: [", report.host);
    for (int i = 0; i < report.count; i++) printf(i == 0 ? "%.1f" : ", %.1f", report.times[i]);
    printf("], %s\n", report.remark ? report.remark : "no remark");
    // count
    free(report.host);
    free(report.times);
    free(report.remark);
    // end
  }
  MPI_Finalize();
}
