using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Pipeline;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

/// <summary>With the stock programs age and age-keygen.</summary>
public sealed class AgeEncryptionTests : IDisposable
{
    private readonly TempFolder _folder = new("age");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_encrypted_to_each_of_its_keys_comes_back()
    {
        var keys = Own(await KeyAsync("one") + await KeyAsync("two"));
        var recipients = await keys.OwnRecipientsAsync(CancellationToken.None);
        recipients.Count.ShouldBe(2);
        foreach (var recipient in recipients) await keys.ProveAsync(recipient, CancellationToken.None);
    }

    [Fact]
    public async Task What_is_encrypted_to_another_key_does_not()
    {
        var other = (await Own(await KeyAsync("other")).OwnRecipientsAsync(CancellationToken.None)).Single();
        var own = Own(await KeyAsync("own"));
        (await Should.ThrowAsync<BackupFailedException>(() => own.ProveAsync(other, CancellationToken.None))).Failure.Code.ShouldBe("NO_IDENTITY");
    }

    [Theory]
    [InlineData(null, "600", "IDENTITY_MISSING")]
    [InlineData("AGE-SECRET-KEY-HUNTER2", "600", "IDENTITY_UNREADABLE")]
    [InlineData("", "600", "IDENTITY_UNREADABLE")]
    [InlineData("x", "640", "IDENTITY_EXPOSED")]
    [InlineData("x", "604", "IDENTITY_EXPOSED")]
    public async Task A_file_that_can_not_or_must_not_be_used_is_refused_and_not_quoted(string? content, string mode, string code)
    {
        var keys = Own(content, mode);
        var refusal = await Should.ThrowAsync<BackupFailedException>(() => keys.OwnRecipientsAsync(CancellationToken.None));
        refusal.Failure.Code.ShouldBe(code);
        refusal.Message.ShouldNotContain("HUNTER2");
    }

    [Fact]
    public async Task Without_a_file_it_is_told_that_nothing_is_configured()
    {
        var none = new AgeEncryption(Options.Create(new BackupOptions()));
        (await Should.ThrowAsync<BackupFailedException>(() => none.OwnRecipientsAsync(CancellationToken.None))).Failure.Code.ShouldBe("IDENTITY_NOT_CONFIGURED");
    }

    private AgeEncryption Own(string? content, string mode = "600")
    {
        var path = _folder.File(Guid.NewGuid().ToString());
        if (content is not null)
        {
            File.WriteAllText(path, content);
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        }
        return new AgeEncryption(Options.Create(new BackupOptions { AgeIdentityFile = path }));
    }

    private static async Task<string> KeyAsync(string comment) =>
        $"# {comment}\n{(await Tool.RunAsync(new ProcessSpec(Tool.Find("age-keygen")!, []), onErrorLine: null, CancellationToken.None)).Output}";
}
