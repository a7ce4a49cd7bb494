using System.Net;
using System.Text.Json;
using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Configs.Files;
using Ops.Backup.Application.Retention;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Configs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Api.Tests.Configs;

/// <summary>A folder of files against the configs that there are.</summary>
public sealed class ConfigFileTests : IAsyncLifetime
{
    private const string Minimal = "name: a\nsource: chinook\n";

    private ConfigLab _lab = null!;

    public static TheoryData<string> HostileNames => ["no", "null", "~", "1e3", "010", "2026-11-21", "yes", " x", "a: b", "a #b", "*x", "&x", "!x", "%x", "@x", "- x", "'", "\"", "备份 🙂", "true", "0x10", "12:30", "\\n", "{a}", "[a]", "x:", "\u2028x", "|", ">"];

    public async Task InitializeAsync() => _lab = await ConfigLab.StartAsync();

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Theory]
    [InlineData("json")]
    [InlineData("yaml")]
    public async Task What_is_exported_is_what_the_folder_takes(string format)
    {
        _lab.AddStore("second", new LocalSettings("/mnt/x"));
        var config = await _lab.AddAsync(
            new ConfigForm
            {
                Name = "夜间 \"备份\": #1",
                Source = "chinook",
                Type = "schema_only",
                Format = "directory",
                Jobs = 4,
                Compression = "gzip:6",
                IncludeGlobals = false,
                Stores = [new("second", new RetentionForm(Count: 3)), new("local")],
                Recipients = [ConfigLab.Recipient],
                Schedule = "*/5 * * * *",
                TimeZone = "Asia/Shanghai",
                JitterSeconds = 60,
                Windows = [new WindowForm(["monday", "friday"], "08:00", "18:00")],
                RunMissed = false,
                WhenBusy = "skip",
                Retention = new RetentionForm("data_protection"),
                TimeLimitSeconds = 60,
                Retries = 3,
                RetryDelaySeconds = 5,
                Priority = -3,
                Node = "no",
                Label = "1e3",
                DescriptionTemplate = "<name>: 'x'",
                Enabled = false,
            },
            isConfigured: true);
        _lab.WriteFile("exported." + format, await _lab.TextAsync(config.Name, format));
        await ShouldDifferAsync(created: 0, changed: 0, removed: 0, unchanged: 1);

        config.Release(DateTimeOffset.UtcNow);
        _lab.Memory.Configs.Clear();
        await ShouldDifferAsync(created: 1, changed: 0, removed: 0, unchanged: 0);
    }

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task A_text_is_the_same_text_after_a_way_through_yaml(string name)
    {
        await _lab.AddAsync(new ConfigForm { Name = name, Source = "chinook", Schedule = "@daily" }, isConfigured: true);
        _lab.WriteFile("x.yml", await _lab.TextAsync(name, "yaml"));
        await ShouldDifferAsync(created: 0, changed: 0, removed: 0, unchanged: 1);
    }

    [Fact]
    public async Task Plain_words_are_what_their_key_makes_of_them()
    {
        _lab.WriteFile("a.yaml", "configs:\n- name: no\n  source: chinook\n  node: 2026-11-21\n  label: 010\n  retries: 2\n  enabled: true\n  windows: [{from: 08:00, to: 18:00}]\n  schedule: 0 2 * * *\n  timeZone: Asia/Shanghai\n  stores: [local, {store: local}]\n  retention: {days: 30}\n- {name: 1e3, source: chinook, node: ~, stores: null}\n");
        _lab.WriteFile("b.JSON", """{"name":"b","source":"chinook"}""");
        _lab.WriteFile(".hidden.yaml", "nonsense");
        _lab.WriteFile("readme.txt", "nonsense");
        var entries = new ConfigFolder(_lab.Folder.Path).Read();
        entries.Select(entry => (entry.Place, entry.Form.Name)).ShouldBe([("a.yaml, configs[0]", "no"), ("a.yaml, configs[1]", "1e3"), ("b.JSON", "b")]);
        var first = entries[0].Form;
        (first.Node, first.Label, first.Retries, first.Enabled, first.Windows![0].From, first.Schedule, first.Retention!.Days).ShouldBe(("2026-11-21", "010", 2, true, "08:00", "0 2 * * *", 30));
        await ShouldDifferAsync(created: 3, changed: 0, removed: 0, unchanged: 0);
    }

    [Theory]
    [InlineData("a.yaml", Minimal + "enabled: no\n", "a.yaml, enabled", "neither true nor false")]
    [InlineData("a.yaml", Minimal + "enabled: 'true'\n", "a.yaml, enabled", "neither true nor false")]
    [InlineData("a.yaml", Minimal + "retries: 010\n", "a.yaml, retries", "whole number")]
    [InlineData("a.yaml", Minimal + "retries: 1e1\n", "a.yaml, retries", "whole number")]
    [InlineData("a.yaml", Minimal + "retries: \"2\"\n", "a.yaml, retries", "whole number")]
    [InlineData("a.yaml", Minimal + "retries: 99\n", "a.yaml, retries", "goes from 0 to 20")]
    [InlineData("a.yaml", Minimal + "retention: {dayly: 3}\n", "a.yaml, retention.dayly", "no key")]
    [InlineData("a.yaml", Minimal + "scedule: x\n", "a.yaml, scedule", "no key")]
    [InlineData("a.yaml", Minimal + "name: b\n", "a.yaml, name", "twice")]
    [InlineData("a.yaml", Minimal + "schedule: */5 * * * *\n", "a.yaml", "quotes")]
    [InlineData("a.yaml", Minimal + "node: &x y\nlabel: *x\n", "a.yaml, node", "anchors")]
    [InlineData("a.yaml", Minimal + "node: !!str 5\n", "a.yaml, node", "tags")]
    [InlineData("a.yaml", "<<: {name: a}\nsource: chinook\n", "a.yaml, <<", "no key")]
    [InlineData("a.yaml", Minimal + "---\nname: b\n", "a.yaml", "more than one document")]
    [InlineData("a.yaml", Minimal + " x\n  - y: [\n", "a.yaml, line", "not YAML")]
    [InlineData("a.yaml", "- name: a\n", "a.yaml", "one config, or a list")]
    [InlineData("a.yaml", "", "a.yaml", "one config, or a list")]
    [InlineData("a.yaml", "configs: []\nname: a\n", "a.yaml", "beside configs there is name")]
    [InlineData("a.yaml", "configs: a\n", "a.yaml, configs", "list of configs")]
    [InlineData("a.yaml", "configs: [{name: a, source: nowhere}]\n", "a.yaml, configs[0], source", "no source 'nowhere'")]
    [InlineData("a.yaml", "configs: [{name: a, source: chinook}, {name: b, source: chinook, stores: [mars]}]\n", "a.yaml, configs[1], stores", "no store 'mars'")]
    [InlineData("a.yaml", "source: chinook\n", "a.yaml, name", "empty")]
    [InlineData("a.yaml", Minimal + "schedule: never\n", "a.yaml, schedule", "needs five")]
    [InlineData("a.yaml", Minimal + "timeZone: Mars/Olympus\n", "a.yaml, timeZone", "not a time zone")]
    [InlineData("a.json", """{"name":"a","source":"chinook","retries":"2"}""", "a.json, retries", "wrong type")]
    [InlineData("a.json", """{"name":"a","source":"chinook","name":"b"}""", "a.json", "uplicate")]
    [InlineData("a.json", """{"name":"a","source":"chinook","nmae":1}""", "a.json, nmae", "no key")]
    [InlineData("a.json", """{"name":"a",}""", "a.json", "JSON")]
    [InlineData("a.json", """[{"name":"a"}]""", "a.json", "one config, or a list")]
    public async Task A_file_that_is_wrong_is_refused_by_its_name_and_the_field(string file, string text, string place, string why)
    {
        await _lab.AddAsync(new ConfigForm { Name = "before", Source = "chinook" }, isConfigured: true);
        _lab.WriteFile("0-good.json", """{"name":"good","source":"chinook"}""");
        _lab.WriteFile(file, text);
        var problem = await RefusedAsync();
        problem.ShouldStartWith(place);
        problem.ShouldContain(why);
    }

    [Fact]
    public async Task Two_files_with_one_name_are_refused_by_both_names()
    {
        _lab.WriteFile("a.yaml", Minimal);
        _lab.WriteFile("b.json", """{"configs":[{"name":"c","source":"chinook"},{"name":"a","source":"chinook"}]}""");
        var problem = await RefusedAsync();
        problem.ShouldContain("a.yaml");
        problem.ShouldContain("b.json, configs[1]");
    }

    [Fact]
    public async Task Links_out_of_the_folder_pipes_and_what_is_too_large_or_deep_are_refused()
    {
        using var elsewhere = new Testing.TempFolder("elsewhere");
        await File.WriteAllTextAsync(elsewhere.File("a.yaml"), Minimal);
        File.CreateSymbolicLink(_lab.Folder.File("a.yaml"), elsewhere.File("a.yaml"));
        (await RefusedAsync()).ShouldContain("a.yaml: it is a link that leads out of the folder");
        File.Delete(_lab.Folder.File("a.yaml"));
        Directory.CreateSymbolicLink(_lab.Folder.File("sub"), elsewhere.Path);
        File.CreateSymbolicLink(_lab.Folder.File("a.yaml"), "sub/a.yaml");
        (await RefusedAsync()).ShouldContain("leads out of the folder");
        File.Delete(_lab.Folder.File("a.yaml"));
        await Shell.RunAsync("/usr/bin/mkfifo", _lab.Folder.File("a.yaml"));
        (await RefusedAsync()).ShouldContain("not a regular file");
        File.Delete(_lab.Folder.File("a.yaml"));
        _lab.WriteFile("a.yaml", Minimal + "#" + new string('x', 1024 * 1024));
        (await RefusedAsync()).ShouldContain("at most");
        _lab.WriteFile("a.yaml", Minimal + "node: " + new string('[', 100_000));
        (await RefusedAsync()).ShouldContain("too deep");
        await File.WriteAllBytesAsync(_lab.Folder.File("a.yaml"), [0x6E, 0xFF, 0xFE]);
        (await RefusedAsync()).ShouldContain("not UTF-8");
    }

    [Fact]
    public async Task Links_within_the_folder_are_read_as_kubernetes_mounts_files()
    {
        Directory.CreateDirectory(_lab.Folder.File("..2026"));
        _lab.WriteFile("..2026/a.yaml", Minimal);
        Directory.CreateSymbolicLink(_lab.Folder.File("..data"), "..2026");
        File.CreateSymbolicLink(_lab.Folder.File("a.yaml"), "..data/a.yaml");
        await ShouldDifferAsync(created: 1, changed: 0, removed: 0, unchanged: 0);
    }

    [Fact]
    public async Task The_diff_tells_key_by_key_what_is_new_and_changes_nothing()
    {
        await _lab.AddAsync(new ConfigForm { Name = "a", Source = "chinook", Retries = 1, Schedule = "@daily", Retention = new RetentionForm(Days: 7) }, isConfigured: true);
        await _lab.AddAsync(new ConfigForm { Name = "gone", Source = "chinook" }, isConfigured: true);
        await _lab.AddAsync(new ConfigForm { Name = "people's", Source = "chinook" });
        _lab.WriteFile("a.yaml", Minimal + "retries: 3\nschedule: daily 02:00\nretention: {days: 30}\nnode: n1\n");
        _lab.WriteFile("b.yaml", "name: b\nsource: chinook\n");

        var (status, diff) = await _lab.GetAsync("/api/configs/files/diff");

        status.ShouldBe(HttpStatusCode.OK, diff.ToString());
        diff.GetProperty("hasChanges").GetBoolean().ShouldBeTrue();
        diff.GetProperty("created").EnumerateArray().Select(config => config.GetProperty("name").GetString()).ShouldBe(["b"]);
        diff.GetProperty("removed").EnumerateArray().Select(name => name.GetString()).ShouldBe(["gone"]);
        diff.GetProperty("changed")[0].GetProperty("changes").EnumerateArray().Select(Line).Order(StringComparer.Ordinal)
            .ShouldBe(["node: null -> \"n1\"", "retention.days: 7 -> 30", "retries: 1 -> 3", "schedule: \"@daily\" -> \"daily 02:00\""]);
        var a = _lab.Memory.Configs.Single(config => config.Name == "a");
        (a.Policy.Retries, _lab.Memory.Configs.Count, _lab.Memory.Configs.Single(config => config.Name == "gone").Enabled).ShouldBe((1, 3, true));

        static string Line(JsonElement change) => $"{change.GetProperty("key").GetString()}: {Raw(change, "old")} -> {Raw(change, "new")}";
        static string Raw(JsonElement change, string key) => change.GetProperty(key).GetRawText();
    }

    [Fact]
    public async Task Applying_creates_changes_and_stops_and_what_comes_back_is_taken_over_again()
    {
        await _lab.AddAsync(new ConfigForm { Name = "people's", Source = "chinook", Schedule = "@daily" });
        _lab.WriteFile("a.yaml", Minimal + "schedule: '@daily'\n");
        await ApplyAsync();
        var a = Config("a");
        (a.IsConfigured, a.Enabled, a.Next is not null).ShouldBe((true, true, true));
        var planned = a.Next;

        await ApplyAsync();
        (Config("a").Next, Config("a").Id).ShouldBe((planned, a.Id), "what did not change keeps its planned start");

        Config("a").Disable(DateTimeOffset.UtcNow);
        await ApplyAsync();
        Config("a").Enabled.ShouldBeFalse("a file that does not say enabled leaves it to the API");

        File.Delete(_lab.Folder.File("a.yaml"));
        await ApplyAsync();
        (Config("a").IsConfigured, Config("a").Enabled, Config("a").Next).ShouldBe((false, false, null));
        Config("people's").Enabled.ShouldBeTrue();

        _lab.WriteFile("a.yaml", Minimal + "schedule: '@hourly'\n");
        await ApplyAsync();
        (Config("a").IsConfigured, Config("a").Enabled, Config("a").Id, Config("a").Schedule!.Schedule.Cron).ShouldBe((true, true, a.Id, "0 * * * *"));

        _lab.WriteFile("b.yaml", "name: people's\nsource: chinook\n");
        (await Should.ThrowAsync<ConflictException>(ApplyAsync)).Message.ShouldStartWith("b.yaml: there is a config named 'people's' that no file has made");
    }

    private Domain.Configs.BackupConfig Config(string name) => _lab.Memory.Configs.Single(config => config.Name == name);

    private Task<ConfigFileDiff> ApplyAsync()
    {
        var reader = new ConfigFileReader(new ConfigFolder(_lab.Folder.Path), new ConfigForms(_lab.Memory, _lab.Memory), _lab.Memory, _lab.Memory, TimeProvider.System);
        return new ApplyConfigFilesHandler(reader, _lab.Memory, TimeProvider.System).Handle(new ApplyConfigFiles(), CancellationToken.None);
    }

    private async Task ShouldDifferAsync(int created, int changed, int removed, int unchanged)
    {
        var (status, diff) = await _lab.GetAsync("/api/configs/files/diff");
        status.ShouldBe(HttpStatusCode.OK, diff.ToString());
        (diff.GetProperty("created").GetArrayLength(), diff.GetProperty("changed").GetArrayLength(), diff.GetProperty("removed").GetArrayLength(), diff.GetProperty("unchanged").GetArrayLength())
            .ShouldBe((created, changed, removed, unchanged), diff.ToString());
    }

    private async Task<string> RefusedAsync()
    {
        var (status, problem) = await _lab.GetAsync("/api/configs/files/diff");
        (status, problem.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.Conflict, "CONFIG_FILE_INVALID"), problem.ToString());
        return problem.GetProperty("detail").GetString()!;
    }
}
