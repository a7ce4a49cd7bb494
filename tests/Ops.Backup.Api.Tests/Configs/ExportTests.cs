using System.Net;
using System.Text.RegularExpressions;
using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Retention;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Api.Tests.Configs;

/// <summary>What an operator pastes on a host without .NET, read by the programs that read it there.</summary>
public sealed partial class ExportTests : IAsyncLifetime
{
    private const string Hostile = "n'ight\"ly `id` $(id) %H \\ # 备份 🙂 ; rm -rf / \u202E\u2028x \\";

    private ConfigLab _lab = null!;

    public static TheoryData<string> Databases => ["orders", "o'rders", "or\"ders", "or ders", " lead", "trail ", "#hash", "or#der", "$HOME", "`id`", "$(id)", "a\\b", "a\\", "a\\'b\"c$d`e\\", "备份 数据库", "%H%n", "a=b", "!x", "'", "\"", "''\"\"", "~", "*", "-x", "export A"];

    public async Task InitializeAsync() => _lab = await ConfigLab.StartAsync();

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task The_settings_mean_the_same_to_the_script_and_to_a_shell(string database)
    {
        _lab.AddSource("s", new ConnectionFacts("/run/post gres", 5433, database, "us'er \"x\""));
        await _lab.AddAsync(new ConfigForm { Name = "c", Source = "s" });
        var file = _lab.Folder.File("env");
        await File.WriteAllTextAsync(file, await _lab.TextAsync("c", "env"));
        string[] expected = ["/run/post gres", "5433", database, "us'er \"x\"", "/opt/ops-backup/c.pgpass"];

        var shell = await Shell.RunAsync("/bin/bash", "-c", ". \"$1\"; printf '%s\\0' \"$PG_HOST\" \"$PG_PORT\" \"$PG_DATABASE\" \"$PG_USER\" \"$PGPASSFILE\"", "bash", file);
        shell.Split('\0')[..^1].ShouldBe(expected);

        (await ByTheScriptAsync(file, "PG_HOST", "PG_PORT", "PG_DATABASE", "PG_USER", "PGPASSFILE")).ShouldBe(expected);
    }

    [Fact]
    public async Task No_password_and_no_key_is_ever_in_it_and_the_host_script_knows_every_setting()
    {
        _lab.AddStore("oss", new OssSettings("orders-backup", "oss-cn-hangzhou.aliyuncs.com", Prefix: ""), limit: 1_000_000);
        _lab.AddStore("s3", new S3Settings("orders-s3", "eu-1", "https://s3.example.org:9000", "a b/", PathStyle: true, StorageClass: "GLACIER"));
        _lab.AddStore("nas", new RcloneSettings("nas", "Up/backups/x y/", "/etc/rclone.conf"));
        _lab.AddStore("second", new RcloneSettings("nas2"));
        await _lab.AddAsync(new ConfigForm { Name = "oss", Source = "chinook", Stores = [new("local"), new("oss")], TimeLimitSeconds = 3600, Compression = "gzip:5", Retention = new RetentionForm(Days: 14) });
        await _lab.AddAsync(new ConfigForm { Name = "s3", Source = "chinook", Stores = [new("s3")] });
        await _lab.AddAsync(new ConfigForm { Name = "nas", Source = "chinook", Stores = [new("nas"), new("local"), new("second")] });

        (await SettingsAsync("oss")).ShouldBe(["PG_HOST=db1", "PG_PORT=5432", "PG_DATABASE=chinook", "PG_USER=backup", "PGPASSFILE=/opt/ops-backup/oss.pgpass", "BACKUP_MODE=both", "BACKUP_BASE_DIR=/data/db-backups",
            "BACKUP_UPLOAD_TOOL=rclone", "OSS_BUCKET=orders-backup", "OSS_PREFIX=/", "OSS_ENDPOINT=oss-cn-hangzhou.aliyuncs.com", "OSS_REGION=cn-hangzhou", "RCLONE_BWLIMIT=1000000B",
            "RETENTION_DAYS=14", "INCLUDE_GLOBALS=true", "BACKUP_COMPRESSION_LEVEL=5", "BACKUP_TIMEOUT_SECONDS=3600"]);
        (await SettingsAsync("s3"))[5..^2].ShouldBe(["BACKUP_MODE=oss", "BACKUP_BASE_DIR=/data/db-backups", "BACKUP_UPLOAD_TOOL=rclone", "RCLONE_REMOTE=opsbackup", "OSS_BUCKET=orders-s3", "OSS_PREFIX='a b/'",
            "RCLONE_CONFIG_OPSBACKUP_TYPE=s3", "RCLONE_CONFIG_OPSBACKUP_PROVIDER=Other", "RCLONE_CONFIG_OPSBACKUP_REGION=eu-1", "RCLONE_CONFIG_OPSBACKUP_ENDPOINT=https://s3.example.org:9000",
            "RCLONE_CONFIG_OPSBACKUP_FORCE_PATH_STYLE=true", "RCLONE_CONFIG_OPSBACKUP_NO_CHECK_BUCKET=true", "RCLONE_CONFIG_OPSBACKUP_STORAGE_CLASS=GLACIER"]);
        (await SettingsAsync("nas"))[5..^2].ShouldBe(["BACKUP_MODE=both", "BACKUP_BASE_DIR=/data/db-backups", "BACKUP_UPLOAD_TOOL=rclone", "RCLONE_REMOTE=nas:Up", "RCLONE_CONFIG=/etc/rclone.conf", "OSS_BUCKET=backups", "OSS_PREFIX='x y'"]);
        (await _lab.TextAsync("nas", "env")).ShouldContain("no copy goes to store \"second\"");
    }

    [Fact]
    public async Task What_the_script_does_otherwise_stands_at_the_top_of_every_text()
    {
        _lab.AddStore("sealed", new LocalSettings("/mnt/x"), recipients: [ConfigLab.Recipient]);
        await _lab.AddAsync(new ConfigForm
        {
            Name = "c",
            Source = "chinook",
            Schedule = "daily 02:00",
            TimeZone = "Asia/Shanghai",
            Format = "directory",
            Jobs = 4,
            Stores = [new("local"), new("sealed")],
            Windows = [new WindowForm(["monday"], "08:00", "18:00")],
            Retention = new RetentionForm("data_protection"),
            Retries = 2,
            Priority = 5,
            Node = "n1",
            Label = "fast",
            PathTemplate = "{storage_path}/{backup_type}/{yyyyMMdd_HHmmss}_{config_name}",
            DescriptionTemplate = "x",
            JitterSeconds = 60,
        });
        string[] told = ["ENCRYPTION", "directory", "by one connection, not 4", "zstd:1", "store \"sealed\"", "retention", "daily 30, weekly 12, monthly 12, yearly 7", "monday 08:00 to 18:00", "retries", "priority 5", "node: ", "label fast", "pathTemplate", "descriptionTemplate", "whenBusy", "disable it there"];
        foreach (var format in new[] { "cron", "systemd", "schtasks" })
        {
            var text = await _lab.TextAsync("c", format);
            foreach (var word in told) text.ShouldContain(word, Case.Sensitive, format);
        }
        foreach (var word in told.Except(["monday 08:00 to 18:00", "whenBusy"])) (await _lab.TextAsync("c", "env")).ShouldContain(word);
        (await _lab.TextAsync("c", "env")).ShouldContain("RETENTION_DAYS=36500");
        (await _lab.TextAsync("c", "cron")).ShouldContain("runMissed");
        (await _lab.TextAsync("c", "cron")).ShouldContain("Debian and Ubuntu ignores CRON_TZ");
    }

    [Theory]
    [InlineData("cron")]
    [InlineData("systemd")]
    public async Task The_script_for_the_host_installs_the_files_and_no_name_gets_out_of_its_place(string format)
    {
        _lab.AddSource("s", new ConnectionFacts("db1", 5432, "END_OF_FILE", "x"));
        _lab.AddStore("odd", new LocalSettings("/srv/it's %h \"x\" \\ y"));
        var id = (await _lab.AddAsync(new ConfigForm { Name = Hostile, Source = "s", Schedule = "0 3 L * *", TimeZone = "Asia/Shanghai", JitterSeconds = 3600, Stores = [new("odd")] })).Id;
        var script = _lab.Folder.File("install.sh");
        // The same script below a folder of the test, without root.
        var text = (await _lab.TextAsync(id, format)).Replace("install -d -m 0750 -o postgres", "printf '%s\\n' mkdir:", StringComparison.Ordinal)
            .Replace("install -m \"$2\" -o \"$3\" /dev/stdin \"$1\"", $"mkdir -p \"{_lab.Folder}/root$(dirname \"$1\")\" && install -m \"$2\" /dev/stdin \"{_lab.Folder}/root$1\"", StringComparison.Ordinal).Replace("systemctl daemon-reload", "", StringComparison.Ordinal);
        await File.WriteAllTextAsync(script, text);

        var output = await Shell.RunAsync("/bin/sh", script);

        output.Split('\n')[0..2].ShouldBe(["mkdir:", "/srv/it's %h \"x\" \\ y"]);
        var files = await _lab.FilesAsync(id, format);
        files.Count.ShouldBe(format is "cron" ? 2 : 3);
        foreach (var (path, content) in files)
        {
            path.ShouldMatch("^/(etc|opt)/[A-Za-z0-9_./-]+$");
            (await File.ReadAllTextAsync(_lab.Folder.File("root") + path)).ShouldBe(content);
        }
        var env = files.Single(file => file.Key.EndsWith(".env.backup", StringComparison.Ordinal)).Key;
        (await ByTheScriptAsync(_lab.Folder.File("root") + env, "PG_DATABASE", "BACKUP_BASE_DIR")).ShouldBe(["END_OF_FILE", "/srv/it's %h \"x\" \\ y"]);
    }

    [Fact]
    public async Task A_crontab_has_one_command_a_line_its_percents_escaped_and_its_guard_true_on_the_last_day_only()
    {
        var config = await _lab.AddAsync(new ConfigForm { Name = "c", Source = "chinook", Schedule = "0 3 L * *", TimeZone = "America/New_York", JitterSeconds = 600 });
        var line = (await _lab.FilesAsync("c", "cron"))["/etc/cron.d/ops-backup-c"].TrimEnd('\n').Split('\n')[^1];
        line.ShouldStartWith("0 3 28-31 * * postgres ");
        UnescapedPercent().IsMatch(line).ShouldBeFalse(line);
        line.ShouldContain($"sleep {(int)Domain.Schedules.Jitter.Of(config.Id, 600).TotalSeconds} && ");
        // What cron hands to the shell, with a date that is any day we like.
        var command = line[(line.IndexOf("postgres ", StringComparison.Ordinal) + 9)..].Replace("\\%", "%", StringComparison.Ordinal);
        var date = _lab.Folder.File("date");
        await File.WriteAllTextAsync(date, "#!/bin/sh\n[ \"$1\" = -d ] && exec /bin/date -d \"$DAY $2\" \"$3\"\nexec /bin/date -d \"$DAY\" \"$@\"\n");
        File.SetUnixFileMode(date, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var guard = command[..command.IndexOf("sleep", StringComparison.Ordinal)] + "echo runs";
        foreach (var (day, runs) in new[] { ("2027-01-31", true), ("2027-01-30", false), ("2027-02-28", true), ("2028-02-28", false), ("2028-02-29", true), ("2027-03-13", false), ("2027-10-31", true), ("2027-11-06", false) })
        {
            var (_, output) = await Shell.TryAsync("/usr/bin/env", $"PATH={_lab.Folder}:/usr/bin:/bin", $"DAY={day}", "/bin/sh", "-c", guard);
            output.Trim().ShouldBe(runs ? "runs" : "", day);
        }
    }

    [Fact]
    public async Task Systemd_takes_the_units()
    {
        var config = await _lab.AddAsync(new ConfigForm { Name = Hostile, Source = "chinook", Schedule = "0 3 L 3 *", TimeZone = "Asia/Shanghai", RunMissed = false, JitterSeconds = 90 });
        var files = await _lab.FilesAsync(config.Id, "systemd");
        var timer = files.Single(file => file.Key.EndsWith(".timer", StringComparison.Ordinal));
        timer.Value.ShouldContain("OnCalendar=*-03~01 03:00:00 Asia/Shanghai\n");
        timer.Value.ShouldContain("Persistent=false\n");
        foreach (var unit in files.Where(file => !file.Key.EndsWith(".backup", StringComparison.Ordinal))) LonePercent().IsMatch(unit.Value).ShouldBeFalse(unit.Value);
        timer.Value.ShouldContain("RandomizedDelaySec=90s\nFixedRandomDelay=true\n");
        if (!File.Exists("/usr/bin/systemd-analyze")) return;
        foreach (var (path, content) in files.Where(file => !file.Key.EndsWith(".backup", StringComparison.Ordinal)))
            await File.WriteAllTextAsync(_lab.Folder.File(Path.GetFileName(path)), content.Replace("/opt/ops-backup/db_backup.sh", "/bin/true", StringComparison.Ordinal));
        var (code, output) = await Shell.TryAsync("/usr/bin/systemd-analyze", "verify", _lab.Folder.File(Path.GetFileName(timer.Key)));
        output.ShouldNotContain(Path.GetFileNameWithoutExtension(timer.Key) + ".", Case.Sensitive, $"{code}: {output}");
    }

    [Fact]
    public async Task Windows_gets_a_command_file_of_tasks_whose_comments_expand_nothing()
    {
        await _lab.AddAsync(new ConfigForm { Name = "50% %PATH% ^", Source = "chinook", Schedule = "0 2,14 * * *", TimeZone = "Asia/Shanghai" });
        var text = await _lab.TextAsync("50% %PATH% ^", "schtasks");
        text.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain("\n");
        var lines = text.TrimEnd().Split("\r\n");
        lines.Where(line => line.StartsWith("rem ", StringComparison.Ordinal)).ShouldAllBe(line => !LonePercent().IsMatch(line) && !line.EndsWith('^'));
        lines.Where(line => line.StartsWith("schtasks", StringComparison.Ordinal)).Select(line => line[line.IndexOf("/SC", StringComparison.Ordinal)..]).ShouldBe(["/SC DAILY /ST 02:00 || exit /b 1", "/SC DAILY /ST 14:00 || exit /b 1"]);
        lines.Count(line => line.Contains("-StartWhenAvailable", StringComparison.Ordinal)).ShouldBe(2);
        lines.Single(line => line.StartsWith("schtasks", StringComparison.Ordinal) && line.Contains("02:00", StringComparison.Ordinal)).ShouldMatch("""^schtasks /Create /F /TN "Ops\.Backup\\50---PATH-[0-9a-f]{8}-1" /TR "wsl\.exe -u postgres -- env BACKUP_ENV_FILE=\S+ \S+db_backup\.sh" """.TrimEnd());
    }

    [Theory]
    [InlineData("word", 400, "UNKNOWN_WORD", "format")]
    [InlineData("cron", 409, "EXPORT_NOT_POSSIBLE", null)]
    [InlineData("systemd", 409, "EXPORT_NOT_POSSIBLE", null)]
    [InlineData("schtasks", 409, "EXPORT_NOT_POSSIBLE", null)]
    [InlineData("cron&as=xml", 400, "UNKNOWN_WORD", "as")]
    public async Task What_can_not_be_exported_is_refused(string format, int status, string code, string? field)
    {
        await _lab.AddAsync(new ConfigForm { Name = "by hand", Source = "chinook" });
        var (answered, problem) = await _lab.GetAsync($"/api/configs/by%20hand/export?format={format}");
        ((int)answered, problem.GetProperty("code").GetString()).ShouldBe((status, code));
        if (field is not null) problem.GetProperty("field").GetString().ShouldBe(field);
        (await _lab.TextAsync("by hand", "env")).ShouldContain("PG_DATABASE=chinook");
    }

    [Fact]
    public async Task A_backup_of_the_schema_only_is_not_exported_as_one_of_everything()
    {
        await _lab.AddAsync(new ConfigForm { Name = "schema", Source = "chinook", Type = "schema_only", Schedule = "@daily" });
        foreach (var format in new[] { "env", "cron", "systemd", "schtasks" })
        {
            var (status, problem) = await _lab.GetAsync($"/api/configs/schema/export?format={format}");
            (status, problem.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.Conflict, "EXPORT_NOT_POSSIBLE"));
        }
    }

    [Fact]
    public async Task Both_addresses_are_described()
    {
        var (_, description) = await _lab.GetAsync("/swagger/v1/swagger.json");
        var paths = description.GetProperty("paths");
        paths.GetProperty("/api/configs/{id}/export").GetProperty("get").GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()).ShouldBe(["id", "format", "as"]);
        paths.GetProperty("/api/configs/files/diff").GetProperty("get").GetProperty("summary").GetString().ShouldNotBeNullOrEmpty();
    }

    [GeneratedRegex(@"(?<!\\)%", RegexOptions.None, 1000)]
    private static partial Regex UnescapedPercent();

    [GeneratedRegex("(?<!%)(%%)*%(?!%)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LonePercent();

    private async Task<string[]> SettingsAsync(string config)
    {
        var text = await _lab.TextAsync(config, "env");
        text.ShouldNotContain("cipher");
        var file = _lab.Folder.File("env");
        await File.WriteAllTextAsync(file, text);
        await ByTheScriptAsync(file);
        return [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
    }

    // The script's own reader of settings, with all that it would refuse.
    private static async Task<string[]> ByTheScriptAsync(string file, params string[] keys)
    {
        const string read = """
            export LC_ALL=C; declare -A FILE_VALUES=(); PROBLEMS=(); problem() { PROBLEMS+=("$1"); }
            eval "$(sed -n '/^declare -rA DEFAULTS/,/^)/p; /^parse_env_file()/,/^}/p' "$1")"; parse_env_file "$2"; shift 2
            if ((${#PROBLEMS[@]})); then printf '%s\n' "${PROBLEMS[@]}"; exit 1; fi
            for key; do printf '%s\0' "${FILE_VALUES[$key]}"; done
            """;
        var output = await Shell.RunAsync("/bin/bash", ["-c", read, "bash", RepositoryRoot.File("ops", "backup", "db_backup.sh"), file, .. keys]);
        return output.Split('\0')[..^1];
    }
}
