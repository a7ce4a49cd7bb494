using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>The text beside each artifact: how to restore it with stock tools alone, on a day when this service is not there.</summary>
public static class RestoreInstructions
{
    public static string For(BackupJob job, string dumpName, string? globalsName) => $"""
        Database {job.Database}, backed up {job.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC from {job.Host}:{job.Port} ({job.Spec.Key.Replace('|', ' ').TrimEnd()}).
        Run these in this folder, with the PostgreSQL client of the dump's version or newer.
        在本目录下执行以下命令即可恢复（需要不低于备份版本的 PostgreSQL 客户端）。

        1. Check the files / 校验文件:
             sha256sum -c '{dumpName}.sha256'
        {Globals(globalsName)}2. Create the database / 创建数据库:
             createdb --template=template0 restored
        3. Restore / 恢复:
        {Restore(job.Format, dumpName)}
        4. Look at your application's tables before you trust it / 恢复后请检查业务表:
             psql -X -d restored -c '\dt+'

        """;

    private static string Globals(string? globalsName) => globalsName is null ? "" : $"""
           On a new server only: roles and tablespaces. It sets the passwords and rights of roles that are there already.
           仅用于新服务器：恢复角色等全局对象；已有同名角色的密码和权限会被覆盖。
             psql -X -d postgres -f '{globalsName}'

        """;

    private static string Restore(BackupFormat format, string dump)
    {
        var plainName = dump.EndsWith(".zst", StringComparison.Ordinal) ? dump[..^4] : dump;
        var unpack = plainName == dump ? "" : $"     zstd -d '{dump}'\n";
        return format switch
        {
            BackupFormat.Custom => $"{unpack}     pg_restore --exit-on-error --jobs=4 --dbname=restored '{plainName}'",
            BackupFormat.Directory => $"{unpack}     mkdir archive && tar -xf '{plainName}' -C archive\n     pg_restore --exit-on-error --jobs=4 --dbname=restored archive",
            _ when dump.EndsWith(".gz", StringComparison.Ordinal) => $"     gzip -dc '{dump}' | psql -X -v ON_ERROR_STOP=1 -d restored",
            _ when dump.EndsWith(".zst", StringComparison.Ordinal) => $"     zstd -dc '{dump}' | psql -X -v ON_ERROR_STOP=1 -d restored",
            _ => $"     psql -X -v ON_ERROR_STOP=1 -d restored -f '{dump}'",
        };
    }
}
