using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>The text beside each artifact: how to restore it with stock tools alone, on a day when this service is not there.</summary>
public static class RestoreInstructions
{
    /// <param name="job">The run.</param>
    /// <param name="dumpName">Without its folder, as all commands are run there.</param>
    /// <param name="globalsName">Likewise; null when there is none.</param>
    public static string For(BackupJob job, string dumpName, string? globalsName) => $"""
        Database {job.Database}, backed up {job.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC from {job.Host}:{job.Port} ({job.Spec.Key.Replace('|', ' ').TrimEnd()}).
        Run these in this folder, with the PostgreSQL client of the dump's version or newer.
        在本目录下执行以下命令即可恢复（需要不低于备份版本的 PostgreSQL 客户端）。

        1. Check the files / 校验文件:
             sha256sum -c '{dumpName}.sha256'
        {Decryption(job, dumpName, globalsName)}{Globals(globalsName is null ? null : Age.Opened(globalsName))}{Database(job.Type)}
        3. Restore / 恢复:
        {Restore(job, Age.Opened(dumpName))}
        4. Look at your application's tables before you trust it / 恢复后请检查业务表:
             psql -X -d restored -c '\dt+'

        """;

    private static string Decryption(BackupJob job, string dump, string? globals)
    {
        if (job.Recipients.Count == 0) return "";
        var commands = string.Concat(new[] { dump, globals }.OfType<string>().Select(name => $"     age --decrypt --identity=KEY.txt --output='{Age.Opened(name)}' '{name}'\n"));
        return $"""
               Decrypt with the program age and the secret key (KEY.txt) of one of / 用 age 和以下任一公钥对应的私钥解密:
               {string.Join(' ', job.Recipients)}
            {commands}
            """;
    }

    private static string Globals(string? globalsName) => globalsName is null ? "" : $"""
           On a new server only: roles and tablespaces. It sets the passwords and rights of roles that are there already.
           仅用于新服务器：恢复角色等全局对象；已有同名角色的密码和权限会被覆盖。
             psql -X -d postgres -f '{globalsName}'

        """;

    private static string Database(BackupType type) => type is BackupType.DataOnly
        ? """
          2. This backup has rows only: the database "restored" must be there, with its tables, empty (restore a schema_only backup first).
             Foreign keys that form a circle need the option --disable-triggers of pg_restore, as a superuser.
             本备份只含数据：请先在 restored 库中恢复表结构（schema_only 备份）；外键成环时需以超级用户加 --disable-triggers。
          """
        : """
          2. Create the database / 创建数据库:
               createdb --template=template0 restored
          """;

    private static string Restore(BackupJob job, string dump)
    {
        var plainName = dump.EndsWith(".zst", StringComparison.Ordinal) ? dump[..^4] : dump;
        var unpack = plainName == dump ? "" : $"     zstd -d '{dump}'\n";
        // Rows alone go in the dump's order, by which referenced rows come first; parallel workers would not keep to it.
        var jobs = job.Type is BackupType.DataOnly ? "" : " --jobs=4";
        return job.Format switch
        {
            BackupFormat.Custom => $"{unpack}     pg_restore --exit-on-error{jobs} --dbname=restored '{plainName}'",
            BackupFormat.Directory when dump.EndsWith(".gz", StringComparison.Ordinal) => $"     mkdir archive && tar -xzf '{dump}' -C archive\n     pg_restore --exit-on-error{jobs} --dbname=restored archive",
            BackupFormat.Directory => $"{unpack}     mkdir archive && tar -xf '{plainName}' -C archive\n     pg_restore --exit-on-error{jobs} --dbname=restored archive",
            _ when dump.EndsWith(".gz", StringComparison.Ordinal) => $"     gzip -dc '{dump}' | psql -X -v ON_ERROR_STOP=1 -d restored",
            _ when dump.EndsWith(".zst", StringComparison.Ordinal) => $"     zstd -dc '{dump}' | psql -X -v ON_ERROR_STOP=1 -d restored",
            _ => $"     psql -X -v ON_ERROR_STOP=1 -d restored -f '{dump}'",
        };
    }
}
