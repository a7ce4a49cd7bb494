using System.Text;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests;

public sealed class PathTemplateTests
{
    private static readonly DateTimeOffset Two = new(2026, 11, 21, 10, 0, 5, TimeSpan.FromHours(8));
    private static readonly PathFacts Facts = new(BackupTrigger.Automatic, BackupType.SchemaOnly, "nightly", "orders", "db1", "shop");

    [Theory]
    [InlineData("{storage_path}/{backup_type}/{yyyyMMdd_HHmmss}_{config_name}.tar.gz", "automatic/20261121_020005_nightly")]
    [InlineData("{backup_type}/{yyyyMMdd_HHmmss}_{config_name}", "automatic/20261121_020005_nightly")]
    [InlineData("{yyyyMMddTHHmmssZ}", "20261121T020005Z")]
    [InlineData("{host}/{source}/{database}/{type}/{yyyy}/{MM-dd}/{HH}-{mm}-{ss}.sql.zst", "db1/shop/orders/schema_only/2026/11-21/02-00-05")]
    [InlineData("备份/v1.2_{database}.eu_{yyyyMMddHHmmss}", "备份/v1.2_orders.eu_20261121020005")]
    [InlineData("{yyyyMMdd}/{HHmmss}_full.dump", "20261121/020005_full")]
    [InlineData("{storage_path}/{ss}{mm}{HH}{dd}{MM}{yyyy}", "050002211" + "12026")]
    public void A_template_is_filled_in_with_the_time_in_utc(string template, string expected) => PathTemplate.Parse(template).BaseName(Facts, Two).ShouldBe(expected);

    [Theory]
    [InlineData("", "VALUE_MISSING", "empty")]
    [InlineData("/{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "begins with '/'")]
    [InlineData("../{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "'..'")]
    [InlineData("a/../{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "'..'")]
    [InlineData("a..b/{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "'..'")]
    [InlineData("./{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "begins with '.'")]
    [InlineData(".hidden/{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "begins with '.'")]
    [InlineData("a/.{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "begins with '.'")]
    [InlineData("-x/{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "begins with '-'")]
    [InlineData("{database}./{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "ends with a dot")]
    [InlineData("a//{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "empty")]
    [InlineData("{yyyyMMdd_HHmmss}/", "PATH_TEMPLATE_INVALID", "empty")]
    [InlineData("{yyyyMMdd_HHmmss}/.dump", "PATH_TEMPLATE_INVALID", "empty")]
    [InlineData("{storage_path}", "PATH_TEMPLATE_INVALID", "names no file")]
    [InlineData("{storage_path}/", "PATH_TEMPLATE_INVALID", "empty")]
    [InlineData("{storage_path}//{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "empty")]
    [InlineData("{storage_path}x/{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "{storage_path}")]
    [InlineData("a/{storage_path}/{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "{storage_path}")]
    [InlineData("a\\{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "U+005C")]
    [InlineData("a\n{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "U+000A")]
    [InlineData("a {yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "U+0020")]
    [InlineData("a'{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "U+0027")]
    [InlineData("a\u202e{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "U+202E")]
    [InlineData("{yyyyMMdd_HHmmss", "PATH_TEMPLATE_INVALID", "without a '}'")]
    [InlineData("yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "without a '{'")]
    [InlineData("{a/b}{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID", "without a '}'")]
    [InlineData("{}{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_PLACEHOLDER_UNKNOWN", "{config_name}")]
    [InlineData("{_}{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_PLACEHOLDER_UNKNOWN", "{_}")]
    [InlineData("{Database}_{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_PLACEHOLDER_UNKNOWN", "{Database}")]
    [InlineData("{password}_{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_PLACEHOLDER_UNKNOWN", "{password}")]
    [InlineData("{yyyMMdd_HHmmss}", "PATH_TEMPLATE_PLACEHOLDER_UNKNOWN", "{yyyMMdd_HHmmss}")]
    [InlineData("{yyyyMMdd.HHmmss}", "PATH_TEMPLATE_PLACEHOLDER_UNKNOWN", "{yyyyMMdd.HHmmss}")]
    [InlineData("{database}", "PATH_TEMPLATE_TIME_MISSING", "no yyyy MM dd HH mm ss")]
    [InlineData("{yyyyMMdd_HHmm}", "PATH_TEMPLATE_TIME_MISSING", "no ss")]
    [InlineData("{yyyymmdd_HHmmss}", "PATH_TEMPLATE_TIME_MISSING", "no MM")]
    [InlineData("{HHmmss}", "PATH_TEMPLATE_TIME_MISSING", "no yyyy MM dd")]
    [InlineData("{yyyyMMdd_HHmmss}.zip", "PATH_TEMPLATE_EXTENSION_WRONG", ".tar.gz")]
    [InlineData("{yyyyMMdd_HHmmss}.dump.age", "PATH_TEMPLATE_EXTENSION_WRONG", ".dump.age")]
    [InlineData("{yyyyMMdd_HHmmss}.v2.dump", "PATH_TEMPLATE_EXTENSION_WRONG", ".v2.dump")]
    [InlineData("{config_name}/{database}/{host}/{source}/{config_name}/{database}/{yyyyMMdd_HHmmss}_{config_name}{config_name}", "VALUE_TOO_LONG", "800")]
    public void What_leads_elsewhere_or_to_one_name_twice_is_refused_with_what_is_wrong(string template, string code, string words)
    {
        var refused = Should.Throw<InvalidValueException>(() => PathTemplate.Parse(template));
        (refused.Code, refused.Field).ShouldBe((code, "pathTemplate"));
        refused.Message.ShouldContain(words);
    }

    [Fact]
    public void A_template_has_at_most_200_bytes()
    {
        PathTemplate.Parse("{yyyyMMdd_HHmmss}" + new string('x', 183)).ToString().Length.ShouldBe(200);
        Should.Throw<InvalidValueException>(() => PathTemplate.Parse("{yyyyMMdd_HHmmss}" + new string('x', 184))).Code.ShouldBe("VALUE_TOO_LONG");
        Should.Throw<InvalidValueException>(() => PathTemplate.Parse("{yyyyMMdd_HHmmss}" + new string('备', 62))).Code.ShouldBe("VALUE_TOO_LONG");
    }

    [Theory]
    [InlineData(".tar.gz", BackupFormat.Directory, "gzip:6", null)]
    [InlineData(".tar.gz", BackupFormat.Directory, "gzip:0", ".tar.")]
    [InlineData(".tar.gz", BackupFormat.Directory, "zstd:1", ".tar or .tar.zst")]
    [InlineData(".tar.gz", BackupFormat.Custom, "gzip:6", "makes .dump. .tar.gz is made by the format directory with gzip:1 to gzip:9")]
    [InlineData(".tar.zst", BackupFormat.Directory, "zstd:1", null)]
    [InlineData(".tar", BackupFormat.Directory, "gzip:6", null)]
    [InlineData(".dump", BackupFormat.Custom, "zstd:1", null)]
    [InlineData(".dump", BackupFormat.Plain, "none", ".sql.")]
    [InlineData(".sql", BackupFormat.Plain, "gzip:0", null)]
    [InlineData(".sql", BackupFormat.Plain, "gzip:1", "makes .sql.gz")]
    [InlineData(".sql.zst", BackupFormat.Plain, "zstd:19", null)]
    [InlineData("", BackupFormat.Plain, "zstd:19", null)]
    public void An_extension_is_the_one_that_format_and_compression_make_or_none(string extension, BackupFormat format, string compression, string? refusal)
    {
        var template = PathTemplate.Parse("{yyyyMMdd_HHmmss}" + extension);
        template.Extension.ShouldBe(extension.Length == 0 ? null : extension);
        if (refusal is null) template.Require(format, Compression.Parse(compression));
        else Should.Throw<InvalidValueException>(() => template.Require(format, Compression.Parse(compression))).ShouldSatisfyAllConditions(
            e => e.Code.ShouldBe("PATH_TEMPLATE_EXTENSION_WRONG"), e => e.Message.ShouldContain(refusal));
    }

    [Fact]
    public void Another_second_is_another_path()
    {
        foreach (var text in new[] { "{yyyy}/{MMddHHmm}/{ss}", "{database}{database}_{yyyyMMdd_HHmmss}_{host}{host}" })
        {
            var template = PathTemplate.Parse(text);
            var facts = Facts with { Database = new string('d', 100), Host = new string('h', 100) };
            Enumerable.Range(0, 3700).Select(second => template.BaseName(facts, Two.AddSeconds(second))).Distinct(StringComparer.Ordinal).Count().ShouldBe(3700, text);
        }
    }

    [Fact]
    public void A_dump_is_never_called_as_another_runs_globals() =>
        PathTemplate.Parse("{yyyyMMdd_HHmmss}_{config_name}").BaseName(Facts with { ConfigName = "nightly_globals" }, Two).ShouldBe("20261121_020005_nightly_globals_");

    [Fact]
    public void Whatever_names_say_the_path_stays_under_the_root_short_and_free_of_dots_that_climb()
    {
        var random = new Random(20261121);
        string[] templates =
        [
            "{config_name}/{database}/{yyyyMMdd_HHmmss}", "{storage_path}/{host}.{source}/{database}.x{config_name}_{yyyyMMdd_HHmmss}.{database}",
            "{database}{database}/{host}{source}_{yyyyMMddTHHmmssZ}", "{config_name}/{yyyyMMdd}/{HHmmss}.{config_name}.x/{database}",
        ];
        for (var i = 0; i < 4000; i++)
        {
            var facts = new PathFacts(BackupTrigger.Automatic, BackupType.Full, Hostile(random), Hostile(random), Hostile(random), Hostile(random));
            var template = PathTemplate.Parse(templates[i % templates.Length]);

            var path = template.BaseName(facts, Two);

            path.ShouldNotContain("..");
            path.IndexOfAny(['\\', '\0', '\n', '\r', '\'', '"', ' ', '$', '`']).ShouldBe(-1, path);
            path.EnumerateRunes().ShouldAllBe(rune => !Rune.IsControl(rune));
            Path.GetFullPath(path + ".dump", "/root/of/store").ShouldBe("/root/of/store/" + path + ".dump");
            var parts = path.Split('/');
            parts.Length.ShouldBe(template.ToString().Replace("{storage_path}/", "", StringComparison.Ordinal).Split('/').Length, path);
            parts.ShouldAllBe(part => part.Length > 0 && !part.StartsWith('.') && !part.StartsWith('-') && !part.EndsWith('.') && Encoding.UTF8.GetByteCount(part) <= 201);
            Encoding.UTF8.GetByteCount(path).ShouldBeLessThanOrEqualTo(PathTemplate.MaxPathBytes);
        }
    }

    [Theory]
    [InlineData("{yyyyMMdd_HHmmss}_{config_name}.dump", null)]
    [InlineData("../{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID")]
    [InlineData("{storage_path}/{backup_type}/{yyyyMMdd_HHmmss}_{config_name}.tar.gz", "PATH_TEMPLATE_EXTENSION_WRONG")]
    public void A_config_takes_only_a_template_that_its_runs_can_keep_to(string template, string? code)
    {
        var facts = new ConfigFacts(
            "nightly", "s1", A.Spec(), [], [], Schedule: null, "UTC", Retention: null, RunPolicy.Default, template, DescriptionTemplate.Parse(null), Enabled: true);
        if (code is null) BackupConfig.Create(facts, isConfigured: false, Two).PathTemplate.ShouldBe(template);
        else Should.Throw<InvalidValueException>(() => BackupConfig.Create(facts, isConfigured: false, Two)).Code.ShouldBe(code);
    }

    private static string Hostile(Random random)
    {
        string[] pieces = ["..", "/", ".", "\\", "\0", "\n", "../", "-", "_globals", "\u202e", "\ud800", "订单", "a", "B9", " ", "'", "\"", "$(x)", "`", "{database}", "\u0301", "🎉", new string('z', 60)];
        return string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => pieces[random.Next(pieces.Length)]));
    }
}
