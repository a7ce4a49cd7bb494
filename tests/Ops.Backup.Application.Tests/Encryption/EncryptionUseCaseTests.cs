using Moq;
using Ops.Backup.Application.Encryption;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Encryption;

public sealed class EncryptionUseCaseTests
{
    private const string Key = "age1qvaqnwax9fuxe2cka8v4q6cplq34anc8f5lgjd6564z0lf367vdsh53dth";
    private readonly Mock<IEncryption> _encryption = new();

    [Fact]
    public async Task Each_key_of_the_identity_is_tried_and_one_that_fails_is_told()
    {
        Owns("good", "bad");
        _encryption.Setup(keys => keys.ProveAsync("bad", It.IsAny<CancellationToken>())).ThrowsAsync(new BackupFailedException("NO_IDENTITY", "none"));
        var result = await TestAsync(null);
        result.Ok.ShouldBeFalse();
        result.Recipients.Select(proof => $"{proof.Recipient} {proof.Ok} {proof.Code}").ShouldBe(["good True ", "bad False NO_IDENTITY"]);
    }

    [Fact]
    public async Task Of_a_key_that_is_named_only_that_is_tried()
    {
        Owns("good");
        var result = await TestAsync(Key);
        (result.Ok, result.Recipients.Single().Recipient).ShouldBe((true, Key));
    }

    [Fact]
    public async Task Without_anything_to_try_it_is_not_ok()
    {
        Owns();
        (await TestAsync(null)).Ok.ShouldBeFalse();
        _encryption.Setup(keys => keys.OwnRecipientsAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new BackupFailedException("IDENTITY_EXPOSED", "chmod"));
        var result = await TestAsync(Key);
        (result.Ok, result.Code, result.Message, result.Recipients.Count).ShouldBe((false, "IDENTITY_EXPOSED", "chmod", 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("age1")]
    [InlineData("--version")]
    [InlineData("AGE-SECRET-KEY-1QQQ")]
    public async Task What_is_no_public_key_is_refused(string recipient) =>
        (await Should.ThrowAsync<InvalidValueException>(() => TestAsync(recipient))).Code.ShouldBe("RECIPIENT_INVALID");

    [Fact]
    public async Task The_list_says_which_can_be_opened_also_when_no_identity_can_be_used()
    {
        var recipients = Mock.Of<IRecipients>(list => list.ListAsync(It.IsAny<CancellationToken>()) == Task.FromResult<IReadOnlyList<RecipientUse>>(
            new[] { new RecipientUse("mine", new[] { "s" }, 1, 2, null), new RecipientUse("other", Array.Empty<string>(), 0, 0, null) }));
        Owns("mine");
        (await new ListRecipientsHandler(recipients, _encryption.Object).Handle(new ListRecipients(), CancellationToken.None)).Select(view => view.CanOpen).ShouldBe([true, false]);
        _encryption.Setup(keys => keys.OwnRecipientsAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new BackupFailedException("AGE_MISSING", "install"));
        (await new ListRecipientsHandler(recipients, _encryption.Object).Handle(new ListRecipients(), CancellationToken.None)).Select(view => view.CanOpen).ShouldBe([false, false]);
    }

    private void Owns(params string[] keys) => _encryption.Setup(own => own.OwnRecipientsAsync(It.IsAny<CancellationToken>())).ReturnsAsync(keys);

    private Task<EncryptionTestResult> TestAsync(string? recipient) => new TestEncryptionHandler(_encryption.Object).Handle(new TestEncryption(recipient), CancellationToken.None);
}
