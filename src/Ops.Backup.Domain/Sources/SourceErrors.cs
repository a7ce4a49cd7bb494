namespace Ops.Backup.Domain.Sources;

public static class SourceErrors
{
    public static NotFoundException NotFound(string nameOrId) => new("SOURCE_NOT_FOUND", $"There is no source '{nameOrId}'.");

    public static ConflictException NameTaken(string name) => new("SOURCE_NAME_TAKEN", $"There is a source named '{name}' already.");

    public static ConflictException InUse(DatabaseSource source, string jobId) =>
        new("SOURCE_IN_USE", $"Source {source.Name} can't be deleted while backup {jobId} of it is queued or running.", jobId);

    public static ConflictException InConfigs(DatabaseSource source, string configName) =>
        new("SOURCE_IN_USE", $"Source {source.Name} can't be deleted while config {configName} backs it up; delete that config first.");
}
