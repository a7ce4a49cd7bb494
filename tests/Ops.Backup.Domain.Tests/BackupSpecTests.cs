using Ops.Backup.Domain.BackupJobs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests;

public sealed class BackupSpecTests
{
    [Theory]
    [InlineData("none", "none")]
    [InlineData("gzip:0", "gzip:0")]
    [InlineData("gzip:9", "gzip:9")]
    [InlineData("zstd:1", "zstd:1")]
    [InlineData("zstd:19", "zstd:19")]
    public void A_compression_reads_back_as_it_was_written(string text, string expected) => Compression.Parse(text).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("zstd")]
    [InlineData("zstd:0")]
    [InlineData("zstd:20")]
    [InlineData("gzip:10")]
    [InlineData("gzip:-1")]
    [InlineData("gzip: 1")]
    [InlineData("gzip:1:2")]
    [InlineData("lz4:1")]
    [InlineData("none:0")]
    [InlineData("ZSTD:1")]
    public void A_compression_that_there_is_not_is_refused(string text) =>
        Should.Throw<InvalidValueException>(() => Compression.Parse(text)).Code.ShouldBe("COMPRESSION_INVALID");

    [Theory]
    [InlineData(BackupFormat.Custom, 2, "JOBS_NEED_DIRECTORY")]
    [InlineData(BackupFormat.Plain, 2, "JOBS_NEED_DIRECTORY")]
    [InlineData(BackupFormat.Directory, 0, "JOBS_OUT_OF_RANGE")]
    [InlineData(BackupFormat.Directory, 33, "JOBS_OUT_OF_RANGE")]
    public void Jobs_that_can_not_be_are_refused(BackupFormat format, int jobs, string code) =>
        Should.Throw<InvalidValueException>(() => A.Spec(format: format, jobs: jobs)).Code.ShouldBe(code);

    [Theory]
    [InlineData(BackupType.Incremental)]
    [InlineData(BackupType.Wal)]
    public void A_type_that_pg_dump_does_not_make_is_refused(BackupType type) =>
        Should.Throw<InvalidValueException>(() => A.Spec(type)).Code.ShouldBe("TYPE_UNSUPPORTED");

    [Fact]
    public void Specs_differ_in_their_keys_when_they_differ_in_anything()
    {
        BackupSpec[] specs =
        [
            A.Spec(), A.Spec(BackupType.SchemaOnly), A.Spec(format: BackupFormat.Plain), A.Spec(format: BackupFormat.Directory), A.Spec(format: BackupFormat.Directory, jobs: 2),
            new(BackupType.Full, BackupFormat.Custom, 1, Compression.None, true), new(BackupType.Full, BackupFormat.Custom, 1, Compression.Default, false),
        ];
        specs.Select(spec => spec.Key).Distinct().Count().ShouldBe(specs.Length);
    }
}
