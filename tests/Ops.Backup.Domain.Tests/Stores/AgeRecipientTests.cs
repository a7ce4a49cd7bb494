using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Stores;

/// <summary>The keys were made by <c>age-keygen</c>.</summary>
public sealed class AgeRecipientTests
{
    private const string Key = "age1qvaqnwax9fuxe2cka8v4q6cplq34anc8f5lgjd6564z0lf367vdsh53dth";

    [Theory]
    [InlineData(Key)]
    [InlineData("age14cwp87ft7emkgsve5u7yg4haf9hmlzr345xvrj8sntlqr3fr0ueqp64jdu")]
    [InlineData("age1ghw48t8q445u6xnqh6324c2zy90j8qyas50eeh4hy4m9dxqrh3hs9nnxnt")]
    public void A_public_key_that_age_made_is_taken(string key) => AgeRecipient.Parse(key).ShouldBe(key);

    [Fact]
    public void One_wrong_digit_is_refused_wherever_it_is()
    {
        for (var place = "age1".Length; place < Key.Length; place++)
        {
            var wrong = Key.Remove(place, 1).Insert(place, Key[place] is 'q' ? "p" : "q");
            Should.Throw<InvalidValueException>(() => AgeRecipient.Parse(wrong), $"digit {place}").Field.ShouldBe("recipients");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("age1")]
    [InlineData(Key + "q")]
    [InlineData(Key + "\n")]
    [InlineData(" " + Key)]
    [InlineData("-R/etc/passwd")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5")]
    public void What_is_no_key_of_age_is_refused(string? text) => Should.Throw<InvalidValueException>(() => AgeRecipient.Parse(text)).Code.ShouldBe("RECIPIENT_INVALID");

    [Fact]
    public void Capitals_are_refused_because_they_would_be_another_key_to_compare() => Should.Throw<InvalidValueException>(() => AgeRecipient.Parse(Key.ToUpperInvariant()));

    [Fact]
    public void A_secret_key_is_not_repeated_but_known_for_one()
    {
        const string Secret = "AGE-SECRET-KEY-1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQQPZRY9X8GF2TVDW0S3";
        var refusal = Should.Throw<InvalidValueException>(() => AgeRecipient.Parse(Secret));
        refusal.Message.ShouldContain("secret key");
        refusal.Message.ShouldNotContain("QQPZRY");
    }
}
