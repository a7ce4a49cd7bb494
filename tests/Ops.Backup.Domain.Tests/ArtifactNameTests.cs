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

    [Theory]
    [InlineData("x.dump", true)]
    [InlineData("x.dump.zst.age.sha256.partial", true)]
    [InlineData("x.tar.gz", true)]
    [InlineData("x.sql.gz.corrupt", true)]
    [InlineData("x_globals.sql", true)]
    [InlineData("x_globals.sql.age.partial", true)]
    [InlineData("x.RESTORE.txt", true)]
    [InlineData("x.json", true)]
    [InlineData("x.folder.partial", true)]
    [InlineData("x.eu.dump", false)]
    [InlineData("x.dump.dump", false)]
    [InlineData("x_globals_.sql", false)]
    [InlineData("x_globals.eu_globals.sql", false)]
    [InlineData("x2.dump", false)]
    [InlineData("y.dump", false)]
    [InlineData("x", false)]
    [InlineData("x.dump\n", false)]
    public void A_file_belongs_to_the_run_whose_base_and_one_of_our_endings_it_has(string file, bool belongs)
    {
        ArtifactName.Belongs(file, "x").ShouldBe(belongs);
        ArtifactName.Belongs("automatic/" + file, "automatic/x").ShouldBe(belongs);
    }

    [Fact]
    public void A_path_has_one_flat_name_of_its_own_and_a_plain_name_keeps_itself()
    {
        ArtifactName.Flat("orders_20261121T120000Z_db1").ShouldBe("orders_20261121T120000Z_db1");
        var flat = ArtifactName.Flat("automatic/20261121_020000_nightly");
        flat.ShouldMatch("^automatic_20261121_020000_nightly-[0-9a-f]{8}$");
        ArtifactName.Flat("automatic_20261121_020000/nightly").ShouldNotBe(flat);
    }

    private static Rune RandomRune(Random random)
    {
        while (true)
            if (Rune.TryCreate(random.Next(3) switch { 0 => random.Next(0x80), 1 => random.Next(0x4E00, 0x9FFF), _ => random.Next(0x1, 0x1FFFF) }, out var rune)) return rune;
    }
}
