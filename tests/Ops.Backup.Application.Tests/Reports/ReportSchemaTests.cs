using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Reports;

/// <summary>The schema, the text, the writer and the parser name the same keys and words.</summary>
public sealed class ReportSchemaTests
{
    private static readonly JsonNode Schema = JsonNode.Parse(File.ReadAllText(RepositoryRoot.File("docs", "report.schema.json")))!;
    private static readonly string Text = File.ReadAllText(RepositoryRoot.File("docs", "report-format.md"));

    [Fact]
    public void The_example_is_read_and_has_every_key_of_the_schema_and_no_other()
    {
        var example = Example();

        ReportParser.Parse(example.Bytes()).Extra.ShouldBeNull();
        Keys(example).ShouldBe(Keys(Schema["properties"]!), ignoreOrder: true);
        Keys(example["local"]!).ShouldBe(Keys(Schema["properties"]!["local"]!["properties"]!), ignoreOrder: true);
        Keys(example["files"]![0]!).ShouldBe(Keys(Schema["properties"]!["files"]!["items"]!["properties"]!), ignoreOrder: true);
    }

    [Fact]
    public void The_writer_writes_the_keys_of_the_schema_in_the_types_of_the_example()
    {
        var example = Example();
        var written = JsonNode.Parse(ReportFormat.Render(BackupJob.FromReport(ReportParser.Parse(example.Bytes()), DateTimeOffset.UnixEpoch)))!;

        JsonNode.DeepEquals(written, example).ShouldBeTrue(written.ToJsonString());
    }

    [Fact]
    public void What_has_to_be_there_is_the_same_for_the_schema_and_the_parser()
    {
        var required = Schema["required"]!.AsArray().Select(key => key!.GetValue<string>()).ToList();
        foreach (var key in Keys(SampleReports.Success()))
        {
            var report = SampleReports.Success();
            report.Remove(key);
            Should.Throw<ReportRejectedException>(() => ReportParser.Parse(report.Bytes())).Code.ShouldBe("KEY_MISSING");
            required.Remove(key).ShouldBeTrue(key);
        }
        required.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("mode", typeof(BackupMode))]
    [InlineData("trigger", typeof(BackupTrigger))]
    [InlineData("type", typeof(BackupType))]
    [InlineData("method", typeof(BackupMethod))]
    [InlineData("format", typeof(BackupFormat))]
    public void The_words_of_the_schema_are_the_services(string key, Type words)
    {
        var known = (IEnumerable<string>)typeof(Words).GetMethod(nameof(Words.All))!.MakeGenericMethod(words).Invoke(null, null)!;

        Schema["properties"]![key]!["enum"]!.AsArray().Where(word => word is not null).Select(word => word!.GetValue<string>()).ShouldBe(known, ignoreOrder: true);
        foreach (var word in known) Text.ShouldContain($"`{word}`");
    }

    [Fact]
    public void The_host_scripts_keys_are_all_in_the_schema()
    {
        var script = File.ReadAllText(RepositoryRoot.File("ops", "backup", "db_backup.sh"));
        var start = script.IndexOf("render_report() {", StringComparison.Ordinal);
        var printed = Regex.Matches(script[start..script.IndexOf("\n}\n", start, StringComparison.Ordinal)], "\"(?<key>[a-zA-Z0-9]+)\": ", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
            .Select(match => match.Groups["key"].Value).ToList();
        var properties = Schema["properties"]!;

        printed.Count.ShouldBe(17);
        printed.Except(Keys(properties).Concat(Keys(properties["local"]!["properties"]!)).Concat(Keys(properties["remote"]!["properties"]!)), StringComparer.Ordinal).ShouldBeEmpty();
    }

    private static JsonObject Example()
    {
        var start = Text.IndexOf("```json", StringComparison.Ordinal) + 7;
        return JsonNode.Parse(Text[start..Text.IndexOf("```", start, StringComparison.Ordinal)])!.AsObject();
    }

    private static IEnumerable<string> Keys(JsonNode node) => node.AsObject().Select(pair => pair.Key);
}
