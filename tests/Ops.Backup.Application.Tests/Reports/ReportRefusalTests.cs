using System.Text;
using Ops.Backup.Application.Reports;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Reports;

public sealed class ReportRefusalTests
{
    [Theory]
    [InlineData("database", null, "KEY_MISSING", "$.database")]
    [InlineData("database", "\"\"", "VALUE_EMPTY", "$.database")]
    [InlineData("database", "7", "TYPE_WRONG", "$.database")]
    [InlineData("database", "null", "VALUE_EMPTY", "$.database")]
    [InlineData("port", "5432", "TYPE_WRONG", "$.port")]
    [InlineData("port", "\"0\"", "PORT_OUT_OF_RANGE", "$.port")]
    [InlineData("port", "\"65536\"", "PORT_OUT_OF_RANGE", "$.port")]
    [InlineData("port", "\"+1\"", "PORT_OUT_OF_RANGE", "$.port")]
    [InlineData("startedAt", "\"2026-11-21T03:00:00\"", "TIME_INVALID", "$.startedAt")]
    [InlineData("startedAt", "\"2026-11-21\"", "TIME_INVALID", "$.startedAt")]
    [InlineData("startedAt", "\"2026-13-21T03:00:00Z\"", "TIME_INVALID", "$.startedAt")]
    [InlineData("startedAt", "1700000000", "TYPE_WRONG", "$.startedAt")]
    [InlineData("startedAt", "\"1970-01-01T00:00:00Z\"", "TIME_OUT_OF_RANGE", "$.startedAt")]
    [InlineData("finishedAt", "\"9999-12-31T23:59:59Z\"", "TIME_OUT_OF_RANGE", "$.finishedAt")]
    [InlineData("finishedAt", "\"2026-11-21T02:59:59Z\"", "FINISHED_BEFORE_STARTED", "$.finishedAt")]
    [InlineData("finishedAt", "null", "VALUE_EMPTY", "$.finishedAt")]
    [InlineData("durationSeconds", "-1", "DURATION_NEGATIVE", "$.durationSeconds")]
    [InlineData("durationSeconds", "1.5", "NUMBER_OUT_OF_RANGE", "$.durationSeconds")]
    [InlineData("durationSeconds", "9223372036854775808", "NUMBER_OUT_OF_RANGE", "$.durationSeconds")]
    [InlineData("durationSeconds", "\"95\"", "TYPE_WRONG", "$.durationSeconds")]
    [InlineData("durationSeconds", null, "KEY_MISSING", "$.durationSeconds")]
    [InlineData("mode", "\"s3\"", "WORD_UNKNOWN", "$.mode")]
    [InlineData("status", "\"success\"", "WORD_UNKNOWN", "$.status")]
    [InlineData("status", "\"RUNNING\"", "WORD_UNKNOWN", "$.status")]
    [InlineData("status", "\"CANCELED\"", "WORD_UNKNOWN", "$.status")]
    [InlineData("state", "\"FAILED\"", "STATE_CONTRADICTS", "$.state")]
    [InlineData("errorMessage", null, "KEY_MISSING", "$.errorMessage")]
    [InlineData("errorMessage", "{}", "TYPE_WRONG", "$.errorMessage")]
    [InlineData("local", null, "KEY_MISSING", "$.local")]
    [InlineData("local", "null", "VALUE_EMPTY", "$.local")]
    [InlineData("local", "[]", "TYPE_WRONG", "$.local")]
    [InlineData("local.sizeBytes", "-1", "SIZE_NEGATIVE", "$.local.sizeBytes")]
    [InlineData("local.sizeBytes", "null", "VALUE_EMPTY", "$.local.sizeBytes")]
    [InlineData("local.sizeBytes", null, "KEY_MISSING", "$.local.sizeBytes")]
    [InlineData("local.checksumSha256", "\"abc\"", "CHECKSUM_INVALID", "$.local.checksumSha256")]
    [InlineData("local.checksumSha256", "null", "VALUE_EMPTY", "$.local.checksumSha256")]
    [InlineData("local.file", "\"/data/../etc/passwd\"", "PATH_UNSAFE", "$.local.file")]
    [InlineData("local.file", "\"..\\\\x\"", "PATH_UNSAFE", "$.local.file")]
    [InlineData("local.globalsFile", "\"../g.sql\"", "PATH_UNSAFE", "$.local.globalsFile")]
    [InlineData("logFile", "\"a/../b\"", "PATH_UNSAFE", "$.logFile")]
    [InlineData("remote", "null", "VALUE_EMPTY", "$.remote")]
    [InlineData("remote.urls", "[]", "VALUE_EMPTY", "$.remote.urls")]
    [InlineData("remote.urls", "\"oss://b/k\"", "TYPE_WRONG", "$.remote.urls")]
    [InlineData("remote.urls", "[\"oss://b/k\",7]", "TYPE_WRONG", "$.remote.urls[1]")]
    [InlineData("id", "\"a b\"", "ID_INVALID", "$.id")]
    [InlineData("id", "\"0123456789012345678901234567890123456\"", "VALUE_TOO_LONG", "$.id")]
    [InlineData("type", "\"everything\"", "WORD_UNKNOWN", "$.type")]
    [InlineData("trigger", "\"cron\"", "WORD_UNKNOWN", "$.trigger")]
    [InlineData("compression", "\"zstd:99\"", "COMPRESSION_INVALID", "$.compression")]
    [InlineData("schemaVersion", "2", "SCHEMA_VERSION_UNKNOWN", "$.schemaVersion")]
    [InlineData("files", "[{}]", "KEY_MISSING", "$.files[0].name")]
    [InlineData("files", "[7]", "TYPE_WRONG", "$.files[0]")]
    [InlineData("files", "[{\"role\":\"dump\",\"name\":\"../x\",\"path\":\"/x\",\"sizeBytes\":1,\"sha256\":null}]", "PATH_UNSAFE", "$.files[0].name")]
    [InlineData("files", "[{\"role\":\"dump\",\"name\":\"a//x\",\"path\":\"/x\",\"sizeBytes\":1,\"sha256\":null}]", "PATH_UNSAFE", "$.files[0].name")]
    [InlineData("baseName", "\"a/../../x\"", "PATH_UNSAFE", "$.baseName")]
    [InlineData("baseName", "\"/etc/x\"", "PATH_UNSAFE", "$.baseName")]
    [InlineData("baseName", "\"a\\\\x\"", "PATH_UNSAFE", "$.baseName")]
    [InlineData("baseName", "\".\"", "PATH_UNSAFE", "$.baseName")]
    [InlineData("baseName", "\"a/\"", "PATH_UNSAFE", "$.baseName")]
    [InlineData("extra", "1e999", "NUMBER_OUT_OF_RANGE", null)]
    [InlineData("extra", "\"a\\u0000b\"", "TEXT_HAS_NUL", null)]
    [InlineData("extra", "\"\\ud800\"", "TEXT_INVALID", null)]
    [InlineData("extra", "{\"a\":1,\"a\":2}", "KEY_TWICE", null)]
    public void What_can_t_be_is_refused_by_code_and_place(string path, string? json, string code, string? place)
    {
        var e = Should.Throw<ReportRejectedException>(() => ReportParser.Parse(With(path, json)));

        e.Code.ShouldBe(code, e.Message);
        if (place is not null) e.Place.ShouldBe(place);
        else e.Place!.ShouldStartWith("line 1, byte ");
        e.Message.Length.ShouldBeGreaterThan(10);
    }

    [Theory]
    [InlineData("", "REPORT_NOT_JSON", "line 1, byte 1")]
    [InlineData("[]", "TYPE_WRONG", "$")]
    [InlineData("{\n  \"database\": \"x\",\n  \"ho", "REPORT_NOT_JSON", "line 3, byte 6")]
    [InlineData("{} x", "REPORT_NOT_JSON", "line 1, byte 4")]
    [InlineData("{\"a\":1,}", "REPORT_NOT_JSON", "line 1, byte 8")]
    [InlineData("{\n\"a\":1,\n  \"a\":2}", "KEY_TWICE", "line 3, byte 3")]
    public void What_is_no_JSON_is_refused_with_line_and_byte(string text, string code, string place)
    {
        var e = Should.Throw<ReportRejectedException>(() => ReportParser.Parse(Encoding.UTF8.GetBytes(text)));

        (e.Code, e.Place).ShouldBe((code, place));
    }

    [Fact]
    public void Other_encodings_are_named()
    {
        var text = SampleReports.Success().ToJsonString();
        foreach (var encoding in new Encoding[] { Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
            foreach (var mark in new[] { encoding.GetPreamble(), [] })
                Should.Throw<ReportRejectedException>(() => ReportParser.Parse((byte[])[.. mark, .. encoding.GetBytes(text)])).Message.ShouldContain("UTF-16");
        var latin = Encoding.Latin1.GetBytes("{\n \"a\":\"\u00e9\"}");
        var e = Should.Throw<ReportRejectedException>(() => ReportParser.Parse(latin));
        (e.Code, e.Place).ShouldBe(("REPORT_NOT_UTF8", "line 2, byte 7"));
    }

    [Fact]
    public void Nesting_is_read_to_32_levels_and_refused_beyond()
    {
        ReportParser.Parse(With("deep", new string('[', 31) + new string(']', 31))).Extra.ShouldNotBeNull();
        Should.Throw<ReportRejectedException>(() => ReportParser.Parse(With("deep", new string('[', 32) + new string(']', 32)))).Code.ShouldBe("REPORT_TOO_DEEP");
        Should.Throw<ReportRejectedException>(() => ReportParser.Parse(Encoding.UTF8.GetBytes(new string('[', 500_000)))).Code.ShouldBe("REPORT_TOO_DEEP");
    }

    [Fact]
    public void One_MiB_is_read_and_one_byte_more_is_refused()
    {
        var report = SampleReports.Success();
        report["padding"] = "";
        report["padding"] = new string('x', ReportLimits.Bytes - report.Bytes().Length);

        ReportParser.Parse(report.Bytes()).Extra!.Length.ShouldBeGreaterThan(1_000_000);
        Should.Throw<ReportRejectedException>(() => ReportParser.Parse((byte[])[.. report.Bytes(), (byte)' '])).Code.ShouldBe("REPORT_TOO_LARGE");
    }

    // The text is put in by hand: a JSON library would not write most of it.
    private static byte[] With(string path, string? json)
    {
        const string marker = "\"@@@\"";
        var report = SampleReports.Success();
        var keys = path.Split('.');
        var parent = keys.Length == 1 ? report : report[keys[0]]!.AsObject();
        parent.Remove(keys[^1]);
        if (json is not null) parent[keys[^1]] = "@@@";
        return Encoding.UTF8.GetBytes(report.ToJsonString().Replace(marker, json, StringComparison.Ordinal));
    }
}
