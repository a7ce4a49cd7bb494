using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.PgTools;
using Ops.Backup.Infrastructure.Pipeline;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

public sealed class DumpCommandTests
{
    [Theory]
    [InlineData(15, BackupFormat.Custom, "gzip:6", false, "6", "none", ".dump")]
    [InlineData(15, BackupFormat.Custom, "gzip:6", true, "6", "none", ".dump")]
    [InlineData(15, BackupFormat.Custom, "zstd:3", false, "0", "zstd:3", ".dump.zst")]
    [InlineData(16, BackupFormat.Custom, "zstd:3", false, "zstd:3", "none", ".dump")]
    [InlineData(16, BackupFormat.Custom, "none", false, "0", "none", ".dump")]
    [InlineData(15, BackupFormat.Plain, "gzip:6", false, "6", "none", ".sql.gz")]
    [InlineData(15, BackupFormat.Plain, "gzip:0", false, "0", "none", ".sql")]
    [InlineData(15, BackupFormat.Plain, "zstd:3", false, "0", "zstd:3", ".sql.zst")]
    [InlineData(16, BackupFormat.Plain, "zstd:3", false, "zstd:3", "none", ".sql.zst")]
    [InlineData(15, BackupFormat.Directory, "gzip:6", false, "6", "none", ".tar")]
    [InlineData(15, BackupFormat.Directory, "zstd:3", false, "0", "zstd:3", ".tar.zst")]
    [InlineData(16, BackupFormat.Directory, "zstd:3", false, "zstd:3", "none", ".tar")]
    [InlineData(16, BackupFormat.Directory, "gzip:6", true, "0", "gzip:6", ".tar.gz")]
    [InlineData(16, BackupFormat.Directory, "zstd:3", true, "0", "zstd:3", ".tar.zst")]
    [InlineData(16, BackupFormat.Directory, "none", true, "0", "none", ".tar")]
    public void Either_pg_dump_compresses_or_what_follows_it_and_the_name_says_what_a_reader_meets_first(
        int client, BackupFormat format, string compression, bool compressesTar, string argument, string outer, string extension)
    {
        var command = new DumpCommand(new BackupSpec(BackupType.Full, format, 1, Compression.Parse(compression), false), new PgClient("/bin", new Version(client, 1)), compressesTar);
        command.Arguments("dbname=x", 60, folder: null).ShouldContain($"--compress={argument}");
        (command.Outer.ToString(), command.Extension).ShouldBe((outer, extension));
    }
}
