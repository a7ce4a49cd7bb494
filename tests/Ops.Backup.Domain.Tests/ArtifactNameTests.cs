using System.Text;
using Ops.Backup.Domain.BackupJobs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests;

public sealed class ArtifactNameTests
{
    [Fact]
    public void An_ordinary_name_is_database_time_and_host() =>
        ArtifactName.Base("orders", new DateTimeOffset(2026, 11, 21, 20, 0, 0, TimeSpan.FromHours(8)), "db1").ShouldBe("orders_20261121T120000Z_db1");

    [Theory]
    [InlineData("订单")]
    [InlineData("a.b-c_d")]
    public void A_name_that_is_safe_stays_as_it_is(string name) => ArtifactName.Safe(name).ShouldBe(name);

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("-weird")]
    [InlineData(".hidden")]
    [InlineData("a'b\"c")]
    [InlineData("a b")]
    [InlineData("a=b")]
    [InlineData("a\nb")]
    [InlineData("a\u202eb")]
    [InlineData("")]
    public void Any_other_name_becomes_one_that_can_neither_lead_away_nor_be_an_option(string name)
    {
        var safe = ArtifactName.Safe(name);
        safe.ShouldMatch(@"^[\p{L}\p{N}_][\p{L}\p{N}._-]*-[0-9a-f]{8}$");
        safe.ShouldNotContain("/");
    }

    [Fact]
    public void Two_names_never_become_one() => ArtifactName.Safe("a b").ShouldNotBe(ArtifactName.Safe("a=b"));

    [Fact]
    public void Thousands_of_random_names_stay_short_safe_and_apart()
    {
        var random = new Random(20261121);
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < 5000; i++)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(1, 80)).Select(_ => RandomRune(random).ToString()));
            var safe = ArtifactName.Safe(name);
            Encoding.UTF8.GetByteCount(safe).ShouldBeLessThanOrEqualTo(109);
            safe.IndexOfAny(['/', '\0', '\n', '\'', '"', ' ', '\\']).ShouldBe(-1);
            safe[0].ShouldNotBe('-');
            safe[0].ShouldNotBe('.');
            if (seen.TryGetValue(safe, out var other)) other.ShouldBe(name);
            seen[safe] = name;
        }
    }

    private static Rune RandomRune(Random random)
    {
        while (true)
            if (Rune.TryCreate(random.Next(3) switch { 0 => random.Next(0x80), 1 => random.Next(0x4E00, 0x9FFF), _ => random.Next(0x1, 0x1FFFF) }, out var rune)) return rune;
    }
}
