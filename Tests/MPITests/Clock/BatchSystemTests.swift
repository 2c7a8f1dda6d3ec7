// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPI

/// What batch systems print about the end of a job, as they print it.
@Suite struct BatchSystemTests {
  private func local(_ year: Int, _ month: Int, _ day: Int, _ time: [Int]) -> Double {
    TimeText.moment(year: year, month: month, day: day, time)!
  }

  @Test func whichOne() {
    func system(_ variables: [String: String]) -> BatchSystem? { BatchSystem { variables[$0] } }
    #expect(system([:]) == nil)
    #expect(system(["SLURM_JOB_ID": "17"]) == .slurm(job: "17"))
    #expect(system(["PBS_JOBID": "68350.mycluster"]) == .pbs(job: "68350.mycluster"))
    #expect(system(["LSB_JOBID": "12", "LSB_JOBINDEX": "0"]) == .lsf(job: "12"))
    #expect(system(["LSB_JOBID": "12", "LSB_JOBINDEX": "4"]) == .lsf(job: "12[4]"))
    #expect(system(["JOB_ID": "9", "SGE_ROOT": "/opt/sge"]) == .gridEngine(job: "9"))
    // Other programs set it, too; and what begins with a hyphen would be an option of a command.
    #expect(system(["JOB_ID": "9"]) == nil)
    #expect(system(["SLURM_JOB_ID": "-p"]) == nil)
  }

  // MARK: Slurm

  private let slurm = BatchSystem.slurm(job: "244348")

  @Test func slurmsEnvironment() {
    #expect(slurm.answer { ["SLURM_JOB_END_TIME": "1798761540"][$0] } == .end(at: 1_798_761_540))
    #expect(slurm.answer { ["SLURM_JOB_END_TIME": "0"][$0] } == nil)
    #expect(slurm.answer { _ in nil } == nil)
  }

  @Test func scontrol() {
    let output = """
      JobId=244348 JobName=TimeLimit=UNLIMITED
         UserId=gc563(148267) GroupId=gc563(148267) MCS_label=N/A
         Priority=5050 Nice=0 Account=oarc QOS=normal
         JobState=RUNNING Reason=None Dependency=(null)
         Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0
         RunTime=1-04:07:40 TimeLimit=2-00:00:00 TimeMin=N/A
         SubmitTime=2020-05-14T07:47:19 EligibleTime=2020-05-14T07:47:19
         StartTime=2020-05-14T07:47:21 EndTime=2020-05-16T07:47:21 Deadline=N/A
         PreemptTime=None SuspendTime=None SecsPreSuspend=0
         Partition=main AllocNode:Sid=amarel1:22391
      """
    #expect(slurm.answer([output], now: 0) == .end(at: local(2020, 5, 16, [7, 47, 21])))
    let unlimited = output.replacing("TimeLimit=2-00:00:00", with: "TimeLimit=UNLIMITED")
    #expect(slurm.answer([unlimited], now: 0) == .noLimit)
    let unknown = output.replacing("EndTime=2020-05-16T07:47:21", with: "EndTime=Unknown")
    #expect(slurm.answer([unknown], now: 0) == nil)
    // A job of several components: the first that ends.
    let second = output.replacing("EndTime=2020-05-16", with: "EndTime=2020-05-15")
    #expect(slurm.answer([output + "\n\n" + second], now: 0) == .end(at: local(2020, 5, 15, [7, 47, 21])))
    #expect(slurm.answer(["slurm_load_jobs error: Invalid job id specified"], now: 0) == nil)
  }

  @Test func squeue() {
    #expect(slurm.answer([nil, "29:31\n"], now: 0) == .left(1771))
    #expect(slurm.answer([nil, "  1-04:07:40\n20:00\n"], now: 0) == .left(1200))
    #expect(slurm.answer([nil, "UNLIMITED\n"], now: 0) == .noLimit)
    for output in ["NOT_SET\n", "INVALID\n", "", "0:0x"] { #expect(slurm.answer([nil, output], now: 0) == nil) }
  }

  // MARK: PBS

  private let pbs = BatchSystem.pbs(job: "68350.mycluster")

  private let pbsPro = """
    Job Id: 68350.mycluster
        Job_Name = cell-Qnormal
        Job_Owner = usernum1@mycluster.cluster
        resources_used.cpupercent = 6384
        resources_used.cput = 142:02:10
        resources_used.walltime = 00:42:13
        job_state = R
        queue = Q_express
        ctime = Tue Apr  9 15:01:47 2013
        Error_Path = mycluster.cluster:/home/usernum1/scratch/cptest/scaletest/PTOs
    \tcaletest/testjob.err
        mtime = Mon Apr 22 13:13:53 2013
        qtime = Tue Apr  9 18:26:32 2013
        Resource_List.ncpus = 240
        Resource_List.place = free
        Resource_List.select = 15:ncpus=16
        Resource_List.walltime = 01:00:00
        stime = Mon Apr 22 12:31:40 2013
        Variable_List = PBS_O_SYSTEM=Linux,PBS_O_SHELL=/bin/bash,
    \tPBS_O_HOME=/home/usernum1,PBS_O_LOGNAME=usernum1,
    """

  @Test func pbsJobs() {
    #expect(pbs.answer([pbsPro], now: 0) == .end(at: local(2013, 4, 22, [13, 31, 40])))
    let torque = pbsPro.replacing("stime = ", with: "start_time = ")
    #expect(pbs.answer([torque], now: 0) == .end(at: local(2013, 4, 22, [13, 31, 40])))
    #expect(pbs.answer([torque + "\n    Walltime.Remaining = 3587"], now: 0) == .left(3587))
    // Without a start that is understood, by what it has used.
    let odd = pbsPro.replacing("stime = Mon", with: "stime = ")
    #expect(pbs.answer([odd.replacing("12:31:40", with: "x")], now: 0) == .left(3600 - 2533))
    let seconds = pbsPro.replacing("walltime = 01:00:00", with: "walltime = 7200")
    #expect(pbs.answer([seconds], now: 0) == .end(at: local(2013, 4, 22, [14, 31, 40])))
    let without = pbsPro.replacing("    Resource_List.walltime = 01:00:00\n", with: "")
    #expect(pbs.answer([without], now: 0) == .noLimit)
    for output in ["", "qstat: Unknown Job Id 68350.mycluster", "Resource_List.walltime = 01:00:00"] {
      #expect(pbs.answer([output], now: 0) == nil)
    }
  }

  // MARK: LSF

  private let lsf = BatchSystem.lsf(job: "1234")

  @Test func timeLeftOfLSF() {
    #expect(lsf.answer(["1:30 L\n"], now: 0) == .left(5400))
    #expect(lsf.answer(["15 L\n"], now: 0) == .left(900))
    #expect(lsf.answer(["0:10 X\n"], now: 0) == .left(600))
    // An estimate ends no job.
    for output in ["0:10 E\n", "-\n", "", "L", "Job <1234> is not found"] {
      #expect(lsf.answer([output], now: 0) == nil)
    }
  }

  @Test func longListOfLSF() {
    let output = """
      Job <1234>, User <user1>, Project <default>, Status <RUN>, Queue <normal>, Com
                           mand <sleep 600>
      Wed Oct  3 08:55:36: Submitted from host <hostA>, CWD <$HOME>, 4 Task(s);

       RUNLIMIT
       60.0 min of hostA
      Wed Oct  3 08:55:37: Started 4 Task(s) on Host(s) <4*hostB>, Allocated 4 Slot(
                           s) on Host(s) <4*hostB>, Execution Home </home/user1>;
       SCHEDULING PARAMETERS:
      """
    let now = local(2012, 10, 3, [9, 0, 0])
    #expect(lsf.answer([nil, output], now: now) == .end(at: local(2012, 10, 3, [9, 55, 37])))
    // It prints no year: in January, a job that began in October did so last year.
    #expect(
      lsf.answer([nil, output], now: local(2013, 1, 2, [0, 0, 0])) == .end(at: local(2012, 10, 3, [9, 55, 37])))
    let without = output.replacing(" RUNLIMIT\n 60.0 min of hostA\n", with: "")
    #expect(lsf.answer([nil, without], now: now) == .noLimit)
    #expect(lsf.answer([nil, "Job <1234> is not found"], now: now) == nil)
  }

  // MARK: Grid Engine

  private let gridEngine = BatchSystem.gridEngine(job: "199666")

  @Test func gridEngineWithStart() {
    let output = """
      ==============================================================
      job_number:                 199666
      submission_time:            02/27/2019 17:42:00.867
      owner:                      username
      hard resource_list:         d_rt=259200,mem_req=8G,s_rt=259200,s_stack=10240K,s_vmem=8G
      soft resource_list:         epyc=TRUE,gpu=TRUE,intel=TRUE,login=TRUE
      job_name:                   QLOGIN
      start_time            1:    02/27/2019 17:42:00.884
      job_state             1:    r
      usage                 1:    wallclock=01:00:01, cpu=00:00:00, mem=0.00000 GBs, io=0.00000
      """
    #expect(gridEngine.answer([output], now: 0) == .end(at: local(2019, 2, 27, [17, 42, 0]) + 259_200))
    let used = output.replacing("start_time            1:    02/27/2019 17:42:00.884\n", with: "")
    #expect(gridEngine.answer([used], now: 0) == .left(259_200 - 3601))
  }

  @Test func gridEngineWithoutStart() {
    let output = """
      ==============================================================
      job_number:                 199666
      submission_time:            Fri Nov  2 22:32:57 2018
      hard resource_list:         h_rt=300,s_rt=0:04:00
      job_name:                   job_summary.sge
      usage         1:            cpu=00:00:14, mem=6.82412 GB s, io=0.00903 GB, vmem=810.203M, maxvmem=810.203M
      """
    let list = """
      job-ID  prior   name       user         state submit/start at     queue                          slots ja-task-ID
      -----------------------------------------------------------------------------------------------------------------
       199665 0.55500 other      alice        r     11/02/2018 20:00:00 all.q@node001                      1
       199666 0.55500 job summ   alice        r     11/02/2018 22:33:05 all.q@node001                      1
      """
    #expect(gridEngine.answer([output], now: 0) == nil)
    #expect(gridEngine.answer([output, list], now: 0) == .end(at: local(2018, 11, 2, [22, 33, 5]) + 240))
    #expect(gridEngine.answer([output, ""], now: 0) == nil)
    let without = output.replacing("h_rt=300,s_rt=0:04:00", with: "h_vmem=64G")
    #expect(gridEngine.answer([without, list], now: 0) == nil)
    #expect(gridEngine.answer(["Following jobs do not exist: 199666", list], now: 0) == nil)
  }
}
