using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests;

public sealed class WordsTests
{
    [Fact]
    public void The_words_are_the_contracts()
    {
        Words.All<BackupStatus>().ShouldBe(["PENDING", "RUNNING", "SUCCESS", "FAILED", "CANCELED"]);
        Words.All<BackupTrigger>().ShouldBe(["manual", "automatic", "reported"]);
        Words.All<BackupType>().ShouldBe(["full", "incremental", "differential", "schema_only", "data_only", "wal"]);
        Words.All<BackupMethod>().ShouldBe(["pg_dump", "pg_basebackup", "continuous_archiving"]);
        Words.All<BackupMode>().ShouldBe(["local", "oss", "both"]);
        Words.All<StoreKind>().ShouldBe(["local", "oss", "s3", "rclone"]);
        Words.All<Addressing>().ShouldBe(["virtual_host", "cname", "path"]);
        Words.All<OssSignature>().ShouldBe(["v4", "v1"]);
        Words.All<ServerSideEncryption>().ShouldBe(["none", "aes256", "kms"]);
    }

    [Theory]
    [InlineData("success")]
    [InlineData("0")]
    [InlineData(" SUCCESS")]
    public void Anything_else_is_refused_and_the_words_are_named(string word) =>
        Should.Throw<InvalidValueException>(() => Words.Parse<BackupStatus>(word, "status")).Message.ShouldContain("CANCELED");
}
