namespace Ops.Backup.Domain.BackupJobs;

/// <summary>What a run is to make. Two requests for one source are equal when their specs are.</summary>
public sealed record BackupSpec
{
    /// <summary>pg_dump opens one connection more than it has jobs; beyond this it hurts the server more than it helps.</summary>
    public const int MaxJobs = 32;

    /// <exception cref="InvalidValueException">The parts don't go together.</exception>
    public BackupSpec(BackupType type, BackupFormat format, int jobs, Compression compression, bool includeGlobals)
    {
        if (type is not (BackupType.Full or BackupType.SchemaOnly or BackupType.DataOnly))
            throw new InvalidValueException("TYPE_UNSUPPORTED", "type", $"A {Words.Of(type)} backup can't be made by pg_dump; it makes full, schema_only and data_only.");
        if (jobs is < 1 or > MaxJobs)
            throw new InvalidValueException("JOBS_OUT_OF_RANGE", "jobs", $"jobs is {jobs}; it goes from 1 to {MaxJobs}.");
        if (jobs > 1 && format is not BackupFormat.Directory)
            throw new InvalidValueException("JOBS_NEED_DIRECTORY", "jobs", "Only the directory format is dumped in parallel; jobs is 1 for the others.");
        (Type, Format, Jobs, Compression, IncludeGlobals) = (type, format, jobs, compression, includeGlobals);
    }

    public BackupType Type { get; }

    public BackupFormat Format { get; }

    public int Jobs { get; }

    public Compression Compression { get; }

    public bool IncludeGlobals { get; }

    /// <summary>Equal for equal requests; a unique index holds one unfinished job a source and key.</summary>
    public string Key => $"{Words.Of(Type)}|{Words.Of(Format)}|{Jobs}|{Compression}|{(IncludeGlobals ? "globals" : "")}";
}
