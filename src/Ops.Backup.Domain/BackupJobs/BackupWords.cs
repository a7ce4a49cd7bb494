namespace Ops.Backup.Domain.BackupJobs;

/// <summary>PENDING → RUNNING → SUCCESS | FAILED | CANCELED.</summary>
public enum BackupStatus { Pending, Running, Success, Failed, Canceled }

/// <summary>Who asked: a person, a config's schedule, or nobody here (a host script ran it and reported).</summary>
public enum BackupTrigger { Manual, Automatic, Reported }

public enum BackupType { Full, Incremental, Differential, SchemaOnly, DataOnly, Wal }

public enum BackupMethod { PgDump, PgBasebackup, ContinuousArchiving }

public enum BackupFormat { Custom, Plain, Directory }

/// <summary>Where the copies are, derived from the stores.</summary>
public enum BackupMode { Local, Oss, Both }
