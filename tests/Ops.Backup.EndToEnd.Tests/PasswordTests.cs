using Npgsql;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Promise 6: a password is where it must be, for as long as it must, and nowhere else.</summary>
[Collection(Servers.Use)]
public sealed class PasswordTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>, IAsyncLifetime
{
    private const string Password = "S3cr3t-x9'\\:!";

    /// <summary>However the rest is escaped, this part is always in it.</summary>
    private const string Mark = "S3cr3t-x9";
    private string _database = "";

    public async Task InitializeAsync()
    {
        _database = await server.SmallAsync();
        await PostgresCluster.ExecuteAsync(server.Cluster.ConnectionString, $"""
            DROP ROLE IF EXISTS keeper;
            CREATE ROLE keeper LOGIN PASSWORD E'{Password.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}' IN ROLE pg_read_all_data
            """);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_wrong_password_is_told_by_the_test_and_fails_the_backup()
    {
        await service.Api.AddSourceAsync(server.AsSource("wrong", _database, "keeper", "not it"));

        var test = await service.Api.TestAsync("wrong");
        (test.Ok, test.ErrorCode).ShouldBe((false, "AUTHENTICATION_FAILED"), test.Error);
        var failed = await service.Api.FailAsync(new { source = "wrong" }, "AUTHENTICATION_FAILED");
        failed.ShouldHaveLeftNothingIn(service.Setup);
    }

    [Fact]
    public async Task The_password_is_seen_nowhere_but_in_a_private_file_for_the_time_of_the_run()
    {
        await service.Api.AddSourceAsync(server.AsSource("right", _database, "keeper", Password));
        string passFile;
        string id;
        await using (await HeldTable.LockAsync(server.Cluster, _database))
        {
            id = (await service.Api.BackUpAsync(new { source = "right" })).Id;
            await server.WaitUntilHeldAsync(id);
            passFile = Machine.Read(Machine.DumpsOf(id)[0], "cmdline").Split("passfile='")[1].Split('\'')[0];
            (await File.ReadAllTextAsync(passFile)).ShouldContain(Mark);
            (File.GetUnixFileMode(passFile) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)).ShouldBe(default);
            Machine.ProcessesWith(Mark).ShouldBeEmpty();
            var environments = Machine.DumpsOf(id).Select(process => Machine.Read(process, "environ")).ToList();
            environments.ShouldNotBeEmpty();
            environments.ShouldAllBe(text => text.Length > 0 && !text.Contains(Mark) && !text.Contains("ConnectionStrings"));
        }

        var backup = await service.Api.EndOfAsync(id);
        backup.Status.ShouldBe("SUCCESS", backup.ErrorMessage);
        File.Exists(passFile).ShouldBeFalse();
        Directory.Exists(Path.GetDirectoryName(passFile)).ShouldBeFalse();
        await ShouldNotContainAsync(backup);
    }

    private async Task ShouldNotContainAsync(BackupView backup)
    {
        string[] paths = ["/api/sources", "/api/jobs", $"/api/backups/{backup.Id}", $"/api/backups/{backup.Id}/log"];
        foreach (var path in paths) (await service.Api.Http.GetStringAsync(new Uri(path, UriKind.Relative))).ShouldNotContain(Mark);
        foreach (var file in (string[])[backup.LogFile!, backup.ReportFile!, .. backup.Files.Select(file => file.Path!)])
            System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)).ShouldNotContain(Mark, Case.Sensitive, file);
        service.Service.Output.ShouldNotContain(Mark);
        (await DumpOfServiceDatabaseAsync()).ShouldNotContain(Mark);
    }

    private async Task<string> DumpOfServiceDatabaseAsync()
    {
        var database = new NpgsqlConnectionStringBuilder(service.Setup.Settings["ConnectionStrings__OpsBackup"]).Database;
        var dump = await Tool.RunAsync(new ProcessSpec(server.Cluster.Binaries.Psql.Replace("psql", "pg_dump", StringComparison.Ordinal),
            ["-w", "--host=127.0.0.1", $"--port={server.Cluster.Port}", "--username=ops_backup", $"--dbname={database}"])
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSFILE"] = server.Cluster.PassFile },
        }, null, CancellationToken.None);
        dump.ExitCode.ShouldBe(0, dump.Errors);
        dump.Output.ShouldContain("keeper");
        return dump.Output;
    }
}
